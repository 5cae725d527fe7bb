package main

import (
	"slices"

	"gatescand/configs"
	"gatescand/device/admin"
	"gatescand/sync/platform/all"
)

// load reads the configuration and checks it against what this release can do.
func (a *app) load() (*configs.Config, error) {
	return configs.Load(a.config, a.configEnv())
}

func (a *app) configEnv() configs.Env {
	return configs.Env{
		Platforms:      platformNames(),
		Languages:      admin.Languages(),
		CheckReader:    checkReader,
		CheckSignal:    checkSignal,
		CredentialsDir: a.getenv("CREDENTIALS_DIRECTORY"),
	}
}

func platformNames() []string {
	var names []string
	for _, p := range all.Platforms() {
		names = append(names, string(p))
	}
	slices.Sort(names)
	return names
}
