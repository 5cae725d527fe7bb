package configs_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"gatescand/configs"
)

func TestTheSampleIsValidAsItStands(t *testing.T) {
	t.Parallel()
	cfg, err := configs.Parse("gatescand.toml", configs.Sample(), testEnv())
	if err != nil {
		t.Fatal(err)
	}
	if len(cfg.Accounts) != 1 || len(cfg.Lanes) != 1 {
		t.Errorf("%d accounts and %d lanes, want one of each", len(cfg.Accounts), len(cfg.Lanes))
	}
}

// settings are the lines of the sample that set something, commented out or not.
func settings() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^ *(# )?([a-z_0-9]+) += (\S.*)$`)
}

// sections splits the sample at its headings.
func sections(t *testing.T) map[string]string {
	t.Helper()
	heading := regexp.MustCompile(`(?m)^ *\[+([a-z.]+)\]+$`)
	text := string(configs.Sample())
	marks := heading.FindAllStringSubmatchIndex(text, -1)
	found := make(map[string]string)
	for i, m := range marks {
		end := len(text)
		if i+1 < len(marks) {
			end = marks[i+1][0]
		}
		found[text[m[2]:m[3]]] = text[m[1]:end]
	}
	return found
}

func TestTheSampleNamesEveryKeyAndNoOther(t *testing.T) {
	t.Parallel()
	inSample := make(map[string]bool)
	for section, text := range sections(t) {
		for _, m := range settings().FindAllStringSubmatch(text, -1) {
			inSample[section+"."+m[2]] = true
		}
	}
	schema := make(map[string]bool)
	for _, key := range configs.Keys() {
		schema[key] = true
		if !inSample[key] {
			t.Errorf("the sample does not show %s", key)
		}
	}
	for key := range inSample {
		if !schema[key] {
			t.Errorf("the sample shows %s, which is no key", key)
		}
	}
	if len(schema) < 40 {
		t.Errorf("only %d keys in the schema", len(schema))
	}
}

func TestTheSampleSaysTheDefaults(t *testing.T) {
	t.Parallel()
	shown := mustParse(t, string(configs.Sample()), testEnv())
	short := mustParse(t, goodAccount+goodLane, testEnv())
	// These lines are examples, and the sample says so.
	examples := map[string]bool{
		"account[lespass].url": true, "lane[north].reader": true,
		"lane[north].signal.admit": true, "lane[north].signal.refuse": true, "lane[north].signal.hold": true,
	}
	for _, key := range configs.Diff(short, shown).Keys {
		if !examples[key] {
			t.Errorf("%s in the sample is not the default", key)
		}
	}
}

func TestEveryCommentedSettingOfTheSampleIsWellWritten(t *testing.T) {
	t.Parallel()
	commented := regexp.MustCompile(`(?m)^# ([a-z_0-9]+ += \S.*)$`)
	sample := configs.Sample()
	found := commented.FindAllSubmatchIndex(sample, -1)
	if len(found) < 8 {
		t.Fatalf("only %d commented settings found", len(found))
	}
	for _, m := range found {
		line := string(sample[m[2]:m[3]])
		text := string(sample[:m[0]]) + line + string(sample[m[1]:])
		_, faults := parse(t, text, allPlatforms())
		for _, f := range faults {
			// Of another platform, of another mode, or not there: well written all the same.
			if !strings.Contains(f.Problem, "belongs to platform") && !strings.Contains(f.Problem, "has no effect with tls") && !strings.Contains(f.Problem, "does not exist") {
				t.Errorf("%s: %s", line, f)
			}
		}
	}
}

func TestTheSampleIsACopy(t *testing.T) {
	t.Parallel()
	configs.Sample()[0] = 'x'
	if bytes.HasPrefix(configs.Sample(), []byte("x")) {
		t.Error("writing to the sample changed it for others")
	}
}
