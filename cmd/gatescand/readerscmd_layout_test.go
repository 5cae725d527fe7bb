package main

import (
	"slices"
	"testing"

	"gatescand/scanner/reader/hid/keyboard"
)

func TestTheLayoutCodeTellsAllLayoutsApart(t *testing.T) {
	layouts := keyboard.Layouts()
	typed := make(map[string][]keyboard.Stroke)
	for _, layout := range layouts {
		strokes, err := keyboard.Type(layoutText, layout)
		if err != nil {
			t.Fatalf("%s: %v", layout, err)
		}
		if len(strokes) != len(layoutText) {
			t.Errorf("%s: %d keys for %d characters: one of them is a dead key", layout, len(strokes), len(layoutText))
		}
		typed[layout] = strokes
	}
	for i, a := range layouts {
		for _, b := range layouts[i+1:] {
			if slices.Equal(typed[a], typed[b]) {
				t.Errorf("%s and %s are typed with the same keys", a, b)
			}
		}
	}
}
