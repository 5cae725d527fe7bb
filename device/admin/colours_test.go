package admin

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// luminance is how bright a colour such as #1a1f25 is, from 0 to 1, as WCAG 2
// counts it.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(colour[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatalf("%s: %v", colour, err)
		}
		c := float64(n) / 255
		if c <= 0.03928 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a), luminance(t, b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// colours reads the named colours of the page: those of the light, and those
// of the dark, which change some of them.
func colours(t *testing.T) map[string]map[string]string {
	t.Helper()
	raw, err := assetFiles.ReadFile("assets/page.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark := make(map[string]string), make(map[string]string)
	for i, block := range regexp.MustCompile(`:root \{[^}]*\}`).FindAllString(string(raw), 2) {
		for _, m := range regexp.MustCompile(`--([\w-]+):\s*(#[0-9a-f]{6});`).FindAllStringSubmatch(block, -1) {
			if i == 0 {
				light[m[1]] = m[2]
			}
			dark[m[1]] = m[2]
		}
	}
	return map[string]map[string]string{"light": light, "dark": dark}
}

func TestEveryWordCanBeReadOnItsGround(t *testing.T) {
	t.Parallel()
	for scheme, named := range colours(t) {
		named["white"] = "#ffffff"
		for pair := range strings.FieldsSeq(`ink/ground ink/card ink/admit-wash ink/refuse-wash ink/hold-wash ink/info-wash
			soft/ground soft/card soft/admit-wash soft/refuse-wash soft/hold-wash soft/info-wash
			admit/card refuse/card hold/card info/card admit/ground refuse/ground hold/ground info/ground
			admit/admit-wash refuse/refuse-wash hold/hold-wash info/info-wash
			on/admit on/refuse on/hold on/info white/admit-fill white/refuse-fill white/hold-fill`) {
			word, ground, _ := strings.Cut(pair, "/")
			if named[word] == "" || named[ground] == "" {
				t.Fatalf("%s: no colour %s", scheme, pair)
			}
			if got := contrast(t, named[word], named[ground]); got < 4.5 {
				t.Errorf("%s: %s has a contrast of %.2f", scheme, pair, got)
			}
		}
		for _, edge := range []string{"edge", "focus"} {
			for _, ground := range []string{"card", "ground"} {
				if got := contrast(t, named[edge], named[ground]); got < 3 {
					t.Errorf("%s: %s on %s has a contrast of %.2f", scheme, edge, ground, got)
				}
			}
		}
	}
}
