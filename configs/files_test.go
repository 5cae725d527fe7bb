package configs_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"gatescand/configs"
)

// stebby is a good account of a platform that needs a secret, but for the file.
func stebby(file string) string {
	return "[[account]]\nname = \"a\"\nplatform = \"stebby\"\nurl = \"https://api.example.org\"\napi_key_file = \"" + file + "\"\n" + goodLane
}

func TestASecretFileIsReadLessOneLineEnd(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{"k3y": "k3y", "k3y\n": "k3y", "k3y\r\n": "k3y", " k3y \n": " k3y "} {
		cfg := mustParse(t, stebby(writeFile(t, "key", text, 0o600)), allPlatforms())
		if got := cfg.Accounts[0].APIKey.Reveal(); got != want {
			t.Errorf("file %q gave %q, want %q", text, got, want)
		}
	}
}

func TestASecretFileThatCannotBeTrustedIsAFault(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing")
	open := writeFile(t, "open", "k3y", 0o640)
	world := writeFile(t, "world", "k3y", 0o604)
	empty := writeFile(t, "empty", "\n", 0o600)
	lines := writeFile(t, "lines", "k3y\nmore\n", 0o600)
	large := writeFile(t, "large", strings.Repeat("k", 4097), 0o600)
	below := filepath.Join(open, "below")

	for _, tt := range []struct{ name, file, problem, remedy string }{
		{"a file that is not there", missing, "file " + missing + " does not exist", "create it or correct the path"},
		{"a file below a file", below, "file " + below + " cannot be read: not a directory", "correct the path"},
		{"a file the group may read", open, "file " + open + " may be read by others (mode 0640)", "take that away with: chmod 600 " + open},
		{"a file the world may read", world, "file " + world + " may be read by others (mode 0604)", "take that away with: chmod 600 " + world},
		{"a folder", dir, dir + " is not a file", "name a file"},
		{"a pipe nobody writes to", pipe, pipe + " is not a file", "name a file"},
		{"an empty file", empty, "file " + empty + " is empty", "put the secret into it, on one line"},
		{"a file of several lines", lines, "file " + lines + " holds more than one line of text", "put the secret into it alone, on one line"},
		{"a file of more than 4 KiB", large, "file " + large + " is larger than 4 KiB", "name the right file"},
		{"the secret itself", "s3cr3t", "is not an absolute path", `write a path that begins with /, such as "/etc/gatescand/api-key"`},
		{"a credential without systemd", "credential:key", "systemd gave this process no credentials", "add LoadCredential=key:PATH to the unit, or write the path of a file"},
		{"a credential elsewhere", "credential:../key", "names no systemd credential", `write "credential:" and the name that LoadCredential= gives it`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, faults := parse(t, stebby(tt.file), allPlatforms())
			want := []configs.Fault{{File: "c.toml", Line: 5, Column: 16, Key: "account[a].api_key_file", Problem: tt.problem, Remedy: tt.remedy}}
			if diff := cmp.Diff(want, faults); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestASystemdCredentialNeedNotBePrivate(t *testing.T) {
	t.Parallel()
	file := writeFile(t, "stebby-key", "k3y\n", 0o644)
	env := allPlatforms()
	env.CredentialsDir = filepath.Dir(file)
	for _, name := range []string{"credential:stebby-key", file} {
		cfg := mustParse(t, stebby(name), env)
		if got := cfg.Accounts[0].APIKey.Reveal(); got != "k3y" {
			t.Errorf("%s gave %q", name, got)
		}
	}

	outside := writeFile(t, "outside", "k3y\n", 0o644)
	link := filepath.Join(env.CredentialsDir, "link")
	if err := os.Symlink(outside, link); err != nil {
		t.Fatal(err)
	}
	if _, faults := parse(t, stebby(link), env); len(faults) != 1 {
		t.Errorf("a link out of the credentials gave %v, want one fault", faults)
	}
}

// certificate makes a key and a certificate for it, both as PEM.
func certificate(t *testing.T) (certPEM, keyPEM, publicPEM string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "gate"}, NotAfter: time.Now().Add(time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	encode := func(kind string, der []byte) string {
		return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
	}
	return encode("CERTIFICATE", cert), encode("PRIVATE KEY", private), encode("PUBLIC KEY", public)
}

func TestThePagesCertificateIsReadWithItsKey(t *testing.T) {
	t.Parallel()
	certPEM, keyPEM, _ := certificate(t)
	_, otherKey, _ := certificate(t)
	cert := writeFile(t, "cert.pem", certPEM, 0o644)
	key := writeFile(t, "key.pem", keyPEM, 0o600)
	other := writeFile(t, "other.pem", otherKey, 0o600)
	admin := func(cert, key string) string {
		return both("[admin]\nlisten = \":8640\"\ntls = \"files\"\ncert_file = \"" + cert + "\"\nkey_file = \"" + key + "\"")
	}

	cfg := mustParse(t, admin(cert, key), testEnv())
	if string(cfg.Admin.CertPEM) != certPEM || cfg.Admin.KeyPEM.Reveal() != keyPEM {
		t.Error("the certificate or its key was not kept")
	}
	_, faults := parse(t, admin(cert, other), testEnv())
	want := []string{"c.toml:4: admin.cert_file: certificate and key are not PEM or do not belong together; name a certificate and the private key it was made for"}
	if diff := cmp.Diff(want, lines(faults)); diff != "" {
		t.Errorf("another key (-want +got):\n%s", diff)
	}
	_, faults = parse(t, admin(cert, cert), testEnv())
	want = []string{"c.toml:5: admin.key_file: file " + cert + " may be read by others (mode 0644); take that away with: chmod 600 " + cert}
	if diff := cmp.Diff(want, lines(faults)); diff != "" {
		t.Errorf("an open key (-want +got):\n%s", diff)
	}
}

func TestAnAuthorityIsReadAndMustHoldCertificates(t *testing.T) {
	t.Parallel()
	certPEM, keyPEM, _ := certificate(t)
	good := writeFile(t, "ca.pem", "# our own\n"+certPEM, 0o644)
	cfg := mustParse(t, account(`ca_file = "`+good+`"`), testEnv())
	if !strings.Contains(string(cfg.Accounts[0].CAPEM), certPEM) {
		t.Error("the authority was not kept")
	}

	none := writeFile(t, "none.pem", keyPEM, 0o600)
	damaged := writeFile(t, "damaged.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: []byte("no")})), 0o644)
	for file, want := range map[string]string{
		none:    "file " + none + " holds no certificate; put the authority's certificate into it, as PEM",
		damaged: "certificate 1 of file " + damaged + " is damaged; copy the file again, as PEM",
	} {
		_, faults := parse(t, account(`ca_file = "`+file+`"`), testEnv())
		if diff := cmp.Diff([]string{"c.toml:5: account[lespass].ca_file: " + want}, lines(faults)); diff != "" {
			t.Errorf("faults (-want +got):\n%s", diff)
		}
	}
}

func TestEventKeysBroughtByHandAreRead(t *testing.T) {
	t.Parallel()
	_, _, one := certificate(t)
	_, _, two := certificate(t)
	const first, second = "4b3a1d5e-7c52-4f0a-9a54-3d5f0f3c1a2b", "0f0e0d0c-7c52-4f0a-9a54-3d5f0f3c1a2b"
	file := writeFile(t, "keys.txt", "# from the admin\n\n"+strings.ToUpper(first)+" Autumn ball\r\n"+strings.ReplaceAll(one, "\n", "\r\n")+"\n"+second+"\n"+two, 0o644)
	cfg := mustParse(t, account(`keys_file = "`+file+`"`), testEnv())
	want := []configs.EventKey{
		{Event: first, Name: "Autumn ball", PEM: []byte(one)},
		{Event: second, PEM: []byte(two)},
	}
	if diff := cmp.Diff(want, cfg.Accounts[0].EventKeys); diff != "" {
		t.Errorf("keys (-want +got):\n%s", diff)
	}
}

func TestFaultsInAFileOfEventKeysNameItsLines(t *testing.T) {
	t.Parallel()
	certPEM, _, public := certificate(t)
	const event, other = "4b3a1d5e-7c52-4f0a-9a54-3d5f0f3c1a2b", "0f0e0d0c-7c52-4f0a-9a54-3d5f0f3c1a2b"
	damaged := "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"
	for _, tt := range []struct{ name, text, want string }{
		{"nothing", "# nothing\n", `1: holds no key; write a line with the event's uuid and the key below it`},
		{"an event without a key", event + "\n" + other + "\n" + public, `1: this event has no key; put its key below it, as PEM`},
		{"a key without an event", public, `1: this key belongs to no event; put a line with the event's uuid above it`},
		{"a line that is neither", "Autumn ball\n" + event + "\n" + public, `1: is neither an event's uuid nor a key; write the uuid, a blank and the event's name, or begin the line with #`},
		{"a misspelled uuid is one fault", event[1:] + "\n" + public, `1: is neither an event's uuid nor a key; write the uuid, a blank and the event's name, or begin the line with #`},
		{"a certificate for a key", event + "\n" + certPEM, `2: is not a public key; copy the block that begins with "-----BEGIN PUBLIC KEY-----"`},
		{"a damaged key", event + "\n" + damaged, `2: this public key is damaged; copy it again from the platform`},
		{"a key that is cut off", event + "\n-----BEGIN PUBLIC KEY-----\nAAAA\n", `2: this key has no end; copy it again, up to the line "-----END PUBLIC KEY-----"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			file := writeFile(t, "keys.txt", tt.text, 0o644)
			_, faults := parse(t, account(`keys_file = "`+file+`"`), testEnv())
			place, rest, _ := strings.Cut(tt.want, ": ")
			if diff := cmp.Diff([]string{file + ":" + place + ": account[lespass].keys_file: " + rest}, lines(faults)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAConfigurationThatIsNotThereSaysSo(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "gatescand.toml")
	_, err := configs.Load(path, testEnv())
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("errors.Is(err, fs.ErrNotExist) is false for %v", err)
	}
	want := path + ": file " + path + " does not exist; create it or correct the path, or name another with --config"
	if err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestLoadReadsAFile(t *testing.T) {
	t.Parallel()
	path := writeFile(t, "gatescand.toml", goodAccount+goodLane, 0o644)
	cfg, err := configs.Load(path, testEnv())
	if err != nil {
		t.Fatal(err)
	}
	if cfg.File != path || len(cfg.Lanes) != 1 {
		t.Errorf("loaded %+v", cfg)
	}
	large := writeFile(t, "large.toml", strings.Repeat("#", 1<<20+1), 0o644)
	if _, err := configs.Load(large, testEnv()); err == nil {
		t.Error("a file of more than a mebibyte was read")
	}
}
