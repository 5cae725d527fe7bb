package configs

import _ "embed"

//go:embed gatescand.toml
var sample []byte

// Sample returns the annotated sample configuration. It is complete, and valid
// as it stands.
func Sample() []byte { return append([]byte(nil), sample...) }
