package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets scripts run this very program as "gatescand".
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"gatescand": main})
}

// TestScripts runs testdata/script: what the program says and answers on the
// command line, as somebody at a terminal sees it. Besides testscript's own
// commands the scripts have
//
//	exits CODE PROGRAM ARG...   runs a program that must end with CODE
//	await REGEXP PROGRAM ARG... runs it until it succeeds and says REGEXP
//	expand FILE...              puts the environment into files
//	hup                         sends SIGHUP to what runs in the background
//	sql FILE STATEMENT          changes a database behind the program's back
//	platform                    starts a TiBillet, told in $PLATFORM
//	pairing VAR                 a scan app's code
//	elsewhere VAR CODE          the same code as another site would give it
//	hostof VAR CODE             the host that a code names
//	ticket VAR STATE            a ticket's code; STATE is paid, unpaid or canceled
//	network cut|restored        between here and the platform
//	uses N                      waits until the platform took N uses
//
// and $LISTEN, a free address for the page.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			listen, err := scriptAddress(t.Context())
			e.Setenv("LISTEN", listen)
			e.Values[scriptPlatformKey{}] = &scriptPlatform{}
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":     scriptExits,
			"await":     scriptAwait,
			"expand":    scriptExpand,
			"hup":       scriptHup,
			"sql":       scriptSQL,
			"platform":  onPlatform(t, (*scriptPlatform).start),
			"pairing":   onPlatform(t, (*scriptPlatform).pairing),
			"elsewhere": scriptElsewhere,
			"hostof":    scriptHostOf,
			"ticket":    onPlatform(t, (*scriptPlatform).ticket),
			"network":   onPlatform(t, (*scriptPlatform).network),
			"uses":      onPlatform(t, (*scriptPlatform).uses),
		},
	})
}

// scriptAddress gives a loopback address nobody listens on.
func scriptAddress(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// wants ends the script unless a command has so many arguments.
func wants(ts *testscript.TestScript, neg bool, args []string, least int, usage string) {
	if neg || len(args) < least {
		ts.Fatalf("usage: %s", usage)
	}
}

func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 2, "exits CODE PROGRAM ARG...")
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%q ended with %d, want %d", args[1:], got, want)
	}
}

func scriptAwait(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 2, "await REGEXP PROGRAM ARG...")
	pattern, err := regexp.Compile("(?m)" + args[0])
	ts.Check(err)
	until := time.NewTimer(patience)
	defer until.Stop()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		err := ts.Exec(args[1], args[2:]...)
		said := ts.ReadFile("stdout")
		if err == nil && pattern.MatchString(said) {
			return
		}
		select {
		case <-until.C:
			ts.Fatalf("%q did not say %q in %v", args[1:], args[0], patience)
		case <-tick.C:
		}
	}
}

func scriptExpand(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 1, "expand FILE...")
	for _, file := range args {
		text := os.Expand(ts.ReadFile(file), ts.Getenv)
		ts.Check(os.WriteFile(ts.MkAbs(file), []byte(text), 0o600))
	}
}

func scriptHup(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 0, "hup")
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(syscall.SIGHUP))
	}
}

func scriptSQL(ts *testscript.TestScript, neg bool, args []string) {
	wants(ts, neg, args, 2, "sql FILE STATEMENT")
	db, err := sql.Open("sqlite3", "file:"+ts.MkAbs(args[0])+"?mode=rw")
	ts.Check(err)
	done, err := db.ExecContext(context.Background(), args[1])
	if err == nil {
		var n int64
		if n, err = done.RowsAffected(); err == nil && n == 0 {
			err = fmt.Errorf("%q changed nothing", args[1])
		}
	}
	ts.Check(errors.Join(err, db.Close()))
}
