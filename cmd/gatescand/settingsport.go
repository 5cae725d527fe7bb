package main

import (
	"context"
	"fmt"
	"strings"

	"gatescand/configs"
	"gatescand/device/admin"
)

// Settings lists the configuration in force, and what is wrong or waits in the
// file on disk.
func (d *daemon) Settings(context.Context) admin.SettingsReport {
	cfg := d.current.Load().cfg
	r := admin.SettingsReport{File: d.first.File, Settings: []admin.Setting{}, Faults: []admin.SettingFault{}, Restart: []string{}}
	for _, s := range cfg.Effective() {
		section, key := sectionOf(s.Key)
		r.Settings = append(r.Settings, admin.Setting{
			Section: section, Key: key, Value: shownValue(s.Value), From: s.From,
			Secret: strings.HasSuffix(key, "_file") && key != "ca_file" && key != "cert_file" && s.Value != "",
		})
	}
	disk, text, err := d.onDisk()
	r.Kept, r.Faults = configs.KeptByPage(text), faultsOf(err)
	if err == nil {
		r.Restart = append(r.Restart, configs.Diff(d.first, disk).Restart...)
	}
	return r
}

// sectionOf takes the name of a key apart: account[lespass].url is url of the
// section account lespass. Names may hold dots.
func sectionOf(path string) (section, key string) {
	if head, rest, found := strings.Cut(path, "]."); found {
		return strings.Replace(head, "[", " ", 1), rest
	}
	section, key, _ = strings.Cut(path, ".")
	return section, key
}

// shownValue writes a value for people: lists with commas, empty ones as nothing.
func shownValue(v any) string {
	if list, ok := v.([]string); ok {
		return strings.Join(list, ", ")
	}
	return fmt.Sprint(v)
}

// SettingsFile is the configuration in force as a file.
func (d *daemon) SettingsFile() []byte { return configs.Render(d.current.Load().cfg) }

// place is the name and the language of the station, which may change while the
// page is open.
func (d *daemon) place() (station, language string) {
	cfg := d.current.Load().cfg
	return cfg.Station.Name, cfg.Station.Language
}
