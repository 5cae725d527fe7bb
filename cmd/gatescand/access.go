package main

import (
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"gatescand/device/pairing"
)

// openToken gives the token of the API. Nothing about it keeps the gate shut: a
// damaged one is replaced, and where none can be had nobody has it, and people
// log in with their passwords.
func openToken(dir string, log *slog.Logger, tell conditions) string {
	path := filepath.Join(dir, "api-token")
	token, err := pairing.Token(path)
	if errors.Is(err, pairing.ErrTokenDamaged) {
		if token, err = pairing.RenewToken(path); err == nil {
			tell.Raise("token_renewed", path, "")
			log.Warn("the API token was damaged, a new one was made", slog.String("file", path))
			return token
		}
	}
	if err != nil {
		tell.Raise("token_unreadable", path, err.Error())
		log.Error("nobody has the API token", slog.Any("error", err))
		return rand.Text()
	}
	return token
}

// reportAccess says what is wrong with the passwords.
func (d *daemon) reportAccess() {
	fault := d.access.Fault()
	detail := ""
	if fault != nil {
		detail = fault.Error()
	}
	d.health.Set("passwords_unreadable", d.access.PasswordsFile(), detail, fault != nil)
}

// tellSetupCode shows whoever started the program at a terminal the code with
// which a station without a password is set up. It never goes to a log.
func (a *app) tellSetupCode(d *daemon) error {
	if _, ok := terminalOf(a.err); !ok {
		return nil
	}
	code, err := d.access.SetupCode()
	if err != nil || code == "" {
		return err
	}
	_, err = io.WriteString(a.err, "\n  This station has no password yet. Open its page and type the set-up code\n\n      "+code+"\n\n")
	return err
}

// terminalOf gives the terminal that a stream is; ok is false for any other.
func terminalOf(stream any) (terminal *os.File, ok bool) {
	f, ok := stream.(*os.File)
	return f, ok && isTerminal(f)
}
