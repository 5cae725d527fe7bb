package configs

import (
	"maps"
	"slices"
)

// Clone gives a copy whose values, accounts and lanes can be changed without the
// original knowing. What lists hold is still shared.
func (c *Config) Clone() *Config {
	out := *c
	out.Accounts, out.Lanes = slices.Clone(c.Accounts), slices.Clone(c.Lanes)
	out.sources = maps.Clone(c.sources)
	return &out
}

// Given tells whether a key, such as station.name, stands in the file.
func (c *Config) Given(key string) bool {
	_, given := c.sources[key]
	return given
}

// Give makes [Write] write a key even where its value is the default: somebody
// has chosen it.
func (c *Config) Give(key string) {
	if c.sources == nil {
		c.sources = make(map[string]position)
	}
	c.sources[key] = position{}
}

// DefaultLane is a lane of that name with nothing but defaults. It needs a reader.
func DefaultLane(name string) Lane {
	l := defaultLane()
	l.Name = name
	return l
}

// DefaultAccount is an account of that name at a platform with nothing but the
// defaults of that. It needs a url and whatever the platform asks for.
func DefaultAccount(name, platform string) Account {
	a := defaultAccount(platform)
	a.Name, a.Platform = name, platform
	return a
}

// Default is the configuration of a file in which nothing stands.
func Default() *Config {
	return &Config{Station: defaultStation(), Admin: defaultAdmin(), Pairing: defaultPairing(), sources: make(map[string]position)}
}
