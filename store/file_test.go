package store

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"
)

func TestAConnectionThatIsNotSetUpAsPromisedIsRefused(t *testing.T) {
	f, err := newFile(filepath.Join(t.TempDir(), "odd ?#%name.db"))
	if err != nil {
		t.Fatal(err)
	}
	if err := f.create(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct {
		name, key, misspelt string
		r                   role
	}{
		{"a writer with a misspelt synchronous", "_synchronous", "_synchronus", writerRole()},
		{"a writer with foreign keys off", "_foreign_keys", "_foreign_key", writerRole()},
		{"a checkpointer with a misspelt synchronous", "_synchronous", "_synchronus", checkpointRole()},
		{"a reader that may write", "_query_only", "_queryonly", readerRole()},
	} {
		t.Run(row.name, func(t *testing.T) {
			good := f.open(row.r, 1)
			if err := good.PingContext(t.Context()); err != nil {
				t.Fatalf("as it should be: %v", err)
			}
			if err := good.Close(); err != nil {
				t.Fatal(err)
			}
			row.r.query.Set(row.misspelt, row.r.query.Get(row.key))
			row.r.query.Del(row.key)
			bad := f.open(row.r, 1)
			if err := bad.PingContext(t.Context()); !errors.Is(err, ErrPragma) || !strings.Contains(err.Error(), f.path) {
				t.Errorf("%v, want ErrPragma and the file's name", err)
			}
			if err := bad.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
