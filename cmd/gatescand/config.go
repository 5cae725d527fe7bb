package main

import (
	"slices"

	"gatescand/configs"
	"gatescand/device/admin/words"
	"gatescand/scanner/admission"
	"gatescand/sync/platform"
	"gatescand/sync/platform/all"
)

// load reads the configuration and checks it against what this release can do.
func (a *app) load() (*configs.Config, error) {
	return configs.Load(a.config, a.configEnv())
}

func (a *app) configEnv() configs.Env {
	return configs.Env{
		Platforms:      platformNames(),
		Languages:      words.Languages(),
		CheckReader:    checkReader,
		CheckSignal:    checkSignal,
		CheckPassage:   checkPassage,
		CheckTalk:      checkTalk,
		CheckOutputs:   checkOutputs,
		Wire:           wireName,
		Repeats:        repeatsOf,
		CheckAccount:   checkSettings,
		CredentialsDir: a.getenv("CREDENTIALS_DIRECTORY"),
	}
}

// checkSettings makes the drawer of an account, to see that it can be made.
// What pairing yields is not known yet.
func checkSettings(c configs.Account) error {
	clock, err := newClock()
	if err != nil {
		return err
	}
	_, err = all.New(admission.PlatformName(c.Platform), settingsOf(c, platform.Credentials{}, clock))
	return err
}

func platformNames() []string {
	var names []string
	for _, p := range all.Platforms() {
		names = append(names, string(p))
	}
	slices.Sort(names)
	return names
}
