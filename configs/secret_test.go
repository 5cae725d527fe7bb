package configs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"gatescand/configs"
)

// hidden holds a secret in a field that no formatter can call methods on.
type hidden struct{ inner configs.Secret }

func TestNoFormatShowsASecret(t *testing.T) {
	t.Parallel()
	const text = "hunter2"
	s := configs.NewSecret(text)
	hexed := fmt.Sprintf("%x", text)

	shown := map[string]string{"String": s.String(), "GoString": s.GoString()}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%T|%v", "%20s", "%p", "%!"} {
		shown[verb] = fmt.Sprintf(strings.ReplaceAll(verb, "%T|", ""), s)
		shown[verb+" of a pointer"] = fmt.Sprintf(strings.ReplaceAll(verb, "%T|", ""), &s)
		shown[verb+" of a slice"] = fmt.Sprintf(strings.ReplaceAll(verb, "%T|", ""), []configs.Secret{s})
		shown[verb+" of a hidden field"] = fmt.Sprintf(strings.ReplaceAll(verb, "%T|", ""), hidden{s})
		shown[verb+" of an account"] = fmt.Sprintf(strings.ReplaceAll(verb, "%T|", ""), configs.Account{APIKey: s, Password: s})
	}
	asJSON, err := json.Marshal(map[string]any{"a": s, "b": &s, "c": configs.Account{APIKey: s}, "d": map[string]configs.Secret{"k": s}})
	if err != nil {
		t.Fatal(err)
	}
	shown["JSON"] = string(asJSON)
	asText, err := s.MarshalText()
	if err != nil {
		t.Fatal(err)
	}
	shown["text"] = string(asText)
	for name, handler := range map[string]func(*bytes.Buffer) slog.Handler{
		"slog text": func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
		"slog JSON": func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
	} {
		var b bytes.Buffer
		slog.New(handler(&b)).InfoContext(t.Context(), "a secret",
			slog.Any("secret", s), slog.Any("account", configs.Account{APIKey: s}), slog.Any("pointer", &s))
		shown[name] = b.String()
		if !strings.Contains(b.String(), "[redacted]") {
			t.Errorf("%s does not say that it redacts: %s", name, b.String())
		}
	}
	for how, out := range shown {
		if strings.Contains(out, text) || strings.Contains(strings.ToLower(out), hexed) {
			t.Errorf("%s shows the secret: %s", how, out)
		}
	}
	if got := fmt.Sprintf("%#v %d", s, s); got != "[redacted] [redacted]" {
		t.Errorf("formatted as %q", got)
	}
}

func TestASecretIsRevealedOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	s := configs.NewSecret("hunter2")
	if s.Reveal() != "hunter2" || s.IsZero() || !s.Equal(configs.NewSecret("hunter2")) {
		t.Error("a secret lost its text")
	}
	if s.Equal(configs.NewSecret("hunter3")) || s.Equal(configs.Secret{}) {
		t.Error("different secrets are equal")
	}
	if empty := configs.NewSecret(""); !empty.IsZero() || empty.Reveal() != "" || !empty.Equal(configs.Secret{}) {
		t.Error("an empty secret is not zero")
	}
}
