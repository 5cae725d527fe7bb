package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var embedded embed.FS

// migrations gives the schema this binary knows.
func migrations() (fs.FS, error) { return fs.Sub(embedded, "migrations") }

// schemaVersion reads which schema the file has, 0 for an empty one. It
// writes nothing, so that a newer file is left exactly as it was.
func schemaVersion(ctx context.Context, q querier) (int64, error) {
	var tables int
	err := q.QueryRowContext(ctx,
		`SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?`, goose.DefaultTablename).Scan(&tables)
	if err != nil || tables == 0 {
		return 0, err
	}
	var version int64
	err = q.QueryRowContext(ctx,
		`SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied = 1`).Scan(&version)
	return version, err
}

// migrate brings the schema up to date. An existing database is copied aside
// before its first change.
func (f file) migrate(ctx context.Context, db *sql.DB, source fs.FS, log *slog.Logger) error {
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, source,
		goose.WithDisableGlobalRegistry(true), goose.WithSlog(slog.New(slog.DiscardHandler)))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	known := int64(0)
	for _, s := range provider.ListSources() {
		known = max(known, s.Version)
	}
	have, err := schemaVersion(ctx, db)
	if err != nil {
		return err
	}
	switch {
	case have == known:
		return nil
	case have > known:
		return f.newer(have, known)
	case have > 0:
		copied, err := f.backup(ctx, db, known)
		if err != nil {
			return fmt.Errorf("copy the database before migrating it: %w", err)
		}
		log.InfoContext(ctx, "database copied before migration",
			slog.Int64("from", have), slog.Int64("to", known), slog.String("copy", copied))
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bring the database from schema %d to %d: %w", have, known, err)
	}
	return nil
}

func (f file) newer(have, known int64) error {
	return fmt.Errorf("%w: %s has schema %d and this program knows %d; install the newer gatescand again, or move the file aside to start anew",
		ErrNewerSchema, f.path, have, known)
}

// backup writes a whole, consistent copy beside the database and gives its
// name. The copy is on disk under its name before anything is changed.
func (f file) backup(ctx context.Context, db *sql.DB, to int64) (string, error) {
	name := fmt.Sprintf("%s%s%d", f.path, copySuffix, to)
	part := name + ".part"
	if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", err
	}
	// The file is made first so that the copy is never readable by others.
	h, err := os.OpenFile(part, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return "", err
	}
	if _, err := db.ExecContext(ctx, "VACUUM INTO ?", part); err != nil {
		return "", errors.Join(err, h.Close())
	}
	if err := errors.Join(h.Sync(), h.Close()); err != nil {
		return "", err
	}
	if err := os.Rename(part, name); err != nil {
		return "", err
	}
	return name, f.syncDir()
}

// copySuffix is what the name of a copy has after that of the database, before
// the schema that the database was brought to.
const copySuffix = ".before-v"

// dropCopies removes the copies that backup has made, finished or not, after
// overwriting them with zeros, because the names of people stand in them.
func (f file) dropCopies() error {
	dir, base := filepath.Split(f.path)
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	dropped := false
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), base+copySuffix) || !e.Type().IsRegular() {
			continue
		}
		name := filepath.Join(dir, e.Name())
		if err := errors.Join(overwrite(name), os.Remove(name)); err != nil {
			return err
		}
		dropped = true
	}
	if !dropped {
		return nil
	}
	return f.syncDir()
}

// overwrite fills a file with zeros.
func overwrite(path string) (err error) {
	h, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	info, err := h.Stat()
	if err != nil {
		return err
	}
	zeros := make([]byte, 64<<10)
	for at := int64(0); at < info.Size(); at += int64(len(zeros)) {
		if _, err := h.WriteAt(zeros[:min(int64(len(zeros)), info.Size()-at)], at); err != nil {
			return err
		}
	}
	return h.Sync()
}

// newestVersion is the newest schema a source of migrations knows.
func newestVersion(source fs.FS) (int64, error) {
	names, err := fs.Glob(source, "*.sql")
	if err != nil {
		return 0, fmt.Errorf("read the migrations: %w", err)
	}
	newest := int64(0)
	for _, name := range names {
		v, err := goose.NumericComponent(name)
		if err != nil {
			return 0, fmt.Errorf("read the migration %s: %w", name, err)
		}
		newest = max(newest, v)
	}
	return newest, nil
}
