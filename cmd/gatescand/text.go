package main

import (
	"fmt"
	"strings"
)

// lines gathers lines of text.
type lines struct{ strings.Builder }

func (l *lines) add(format string, args ...any) {
	fmt.Fprintf(&l.Builder, format+"\n", args...)
}
