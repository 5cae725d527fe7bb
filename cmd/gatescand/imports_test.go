package main_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// module is the path under which the packages of this project import each other.
const module = "gatescand"

// room is one row of the table "who may import whom". Beside what the row names, a package may import the standard library.
type room struct {
	path     string   // the package; a trailing "/..." takes in everything below, a last element "*" any one folder
	project  []string // packages of this project, in the same notation
	modules  []string // packages of others, each with everything below it
	without  []string // standard library packages that are refused, each with everything below it
	anything bool     // no limit but the ones that hold for all
}

// rooms is the table. The first row that names a package decides.
func rooms() []room {
	const (
		admission = "scanner/admission"
		reader    = "scanner/reader"
		signal    = "device/signal"
		platform  = "sync/platform"
		unix      = "golang.org/x/sys"
		fsnotify  = "github.com/fsnotify/fsnotify"
		gozxing   = "github.com/makiuchi-d/gozxing"
	)
	delivery := []string{"github.com/cenkalti/backoff/v5", "golang.org/x/sync"}
	box := []string{
		"github.com/coreos/go-systemd/v22/daemon", "github.com/prometheus/client_golang",
		"github.com/skip2/go-qrcode", "golang.org/x/crypto", unix, "golang.org/x/time",
	}
	both := []string{admission, platform}
	return []room{
		{path: "cmd/...", anything: true},
		{path: admission, without: []string{"net", "os", "database/sql", "log"}},
		{path: reader, modules: []string{fsnotify}},
		{path: reader + "/serial", project: []string{reader}, modules: []string{"github.com/tarm/serial", unix}},
		{path: reader + "/hid", project: []string{reader, reader + "/hid/*"}, modules: []string{unix}},
		{path: reader + "/hid/*", project: []string{reader}, modules: []string{unix}},
		{path: reader + "/camera", project: []string{reader}, modules: []string{gozxing, unix, fsnotify}},
		{path: reader + "/tcp", project: []string{reader}},
		{path: reader + "/inventory", project: []string{reader}},
		{path: reader + "/virtual", project: []string{reader}},
		{path: signal, modules: []string{fsnotify}},
		{path: signal + "/gpio", project: []string{signal}, modules: []string{unix}},
		{path: signal + "/talkback", project: []string{signal}},
		{path: signal + "/sound", project: []string{signal}},
		{path: signal + "/passage", project: []string{signal}},
		{path: "scanner", project: []string{admission, reader, signal}},
		{path: platform, project: []string{admission}},
		{path: platform + "/platformtest/...", project: []string{admission, platform, platform + "/platformtest/..."}},
		{path: platform + "/all", project: []string{admission, platform, platform + "/*"}},
		{path: platform + "/*", project: both},
		{path: "sync/mirror", project: both, modules: delivery},
		{path: "sync/outbox", project: both, modules: delivery},
		{path: "sync/reconcile", project: both},
		{path: "store", project: []string{admission}, modules: []string{
			"github.com/mattn/go-sqlite3", "github.com/oklog/ulid/v2", "github.com/pressly/goose/v3",
		}},
		{path: "device/admin", project: append([]string{"device/admin/*"}, both...), modules: box},
		{path: "device/admin/card"},
		{path: "device/admin/words", modules: []string{"github.com/nicksnyder/go-i18n/v2", "github.com/pelletier/go-toml/v2", "golang.org/x/text"}},
		{path: "device/health", project: both, modules: box},
		{path: "device/pairing", project: both, modules: box},
		{path: "configs", modules: []string{"github.com/pelletier/go-toml/v2"}},
	}
}

// importFault says why pkg, a path below the top of the project, may not import imp, or "" when it may.
func importFault(pkg, imp string) string {
	if imp == "C" {
		return "own C code has no place here"
	}
	target, own := strings.CutPrefix(imp, module+"/")
	if own && within(target, "cmd") {
		return "nothing imports cmd"
	}
	i := slices.IndexFunc(rooms(), func(r room) bool { return names(r.path, pkg) })
	if i < 0 {
		return "the package has no room in the design"
	}
	r := rooms()[i]
	switch {
	case r.anything:
		return ""
	case own:
		// The fakes look like one more drawer of the platforms, and are none.
		fake := within(target, "sync/platform/platformtest") && !within(pkg, "sync/platform/platformtest")
		if fake || !slices.ContainsFunc(r.project, func(p string) bool { return names(p, target) }) {
			return "this room may not know that one"
		}
	case strings.Contains(firstElement(imp), "."):
		if !slices.ContainsFunc(r.modules, func(m string) bool { return within(imp, m) }) {
			return "this room may not use that library"
		}
	case slices.ContainsFunc(r.without, func(w string) bool { return within(imp, w) }):
		return "this room is pure"
	}
	return ""
}

// names reports whether pattern, in the notation of room.path, names pkg.
func names(pattern, pkg string) bool {
	if below, ok := strings.CutSuffix(pattern, "/..."); ok {
		return within(pkg, below)
	}
	if parent, ok := strings.CutSuffix(pattern, "/*"); ok {
		return path.Dir(pkg) == parent
	}
	return pattern == pkg
}

// within reports whether pkg is folder or stands somewhere below it.
func within(pkg, folder string) bool {
	return pkg == folder || strings.HasPrefix(pkg, folder+"/")
}

func firstElement(imp string) string {
	first, _, _ := strings.Cut(imp, "/")
	return first
}

// house reads every Go file of the tree, whatever its build tags, and returns the packages that have code beside tests, and what breaks
// the rules of the design, each fault beginning with the file or folder it is in. A tree that cannot be read or parsed is an error.
func house(tree fs.FS) (packages, faults []string, err error) {
	comments := map[string]int{}
	err = fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := path.Base(name)
		if entry.IsDir() {
			if name != "." && (strings.HasPrefix(base, ".") || base == "testdata") {
				return fs.SkipDir
			}
			if slices.Contains([]string{"internal", "pkg", "util", "utils"}, base) {
				faults = append(faults, name+": a folder is named for what it holds, never "+base)
			}
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		source, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, name, source, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		pkg := path.Dir(name)
		found := fileFaults(pkg, file, strings.HasSuffix(name, "_test.go"))
		for _, fault := range found {
			faults = append(faults, name+": "+fault)
		}
		if !strings.HasSuffix(name, "_test.go") {
			comments[pkg] += 0
			if file.Doc != nil {
				comments[pkg]++
			}
		}
		return nil
	})
	for pkg, n := range comments {
		packages = append(packages, pkg)
		if n != 1 {
			faults = append(faults, fmt.Sprintf("%s: %d package comments, where every package has one", pkg, n))
		}
	}
	slices.Sort(packages)
	slices.Sort(faults)
	return packages, faults, err
}

// fileFaults returns what breaks the rules in one file of pkg. Tests may import what they like: the compiler refuses cycles.
func fileFaults(pkg string, file *ast.File, isTest bool) []string {
	var faults []string
	if pkg == "sync" {
		faults = append(faults, "sync is a namespace and holds no package")
	}
	for _, decl := range file.Decls {
		if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
			faults = append(faults, "func init: registries are explicit")
		}
	}
	if isTest {
		return faults
	}
	for _, spec := range file.Imports {
		imp, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			imp = spec.Path.Value
		}
		if why := importFault(pkg, imp); why != "" {
			faults = append(faults, "imports "+imp+": "+why)
		}
	}
	if pkg == "scanner/admission" {
		faults = append(faults, clockFaults(file)...)
	}
	return faults
}

// clockFaults returns what in file looks at a clock or waits for one. The types and arithmetic of package time are free.
func clockFaults(file *ast.File) []string {
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	local := ""
	for _, spec := range file.Imports {
		if spec.Path.Value != `"time"` {
			continue
		}
		local = "time"
		if spec.Name != nil {
			local = spec.Name.Name
		}
	}
	if local == "." {
		return []string{"imports time into its own names: the clock could not be told from a function of its own"}
	}
	var faults []string
	ast.Inspect(file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok || !slices.Contains(clock, sel.Sel.Name) {
			return true
		}
		if x, ok := sel.X.(*ast.Ident); ok && local != "" && x.Name == local {
			faults = append(faults, "uses time."+sel.Sel.Name+": this room has no clock")
		}
		return true
	})
	return faults
}

// topFaults returns the names that do not belong at the top of the project. What git and the go command leave there is not the
// project's: the repository itself, the built program, profiles.
func topFaults(listing []string) []string {
	project := []string{
		"cmd", "scanner", "sync", "store", "device", "configs", "systemd",
		"go.mod", "go.sum", "README.md", "LICENSE", ".ci", ".golangci.yml", ".editorconfig",
	}
	left := []string{".git", "gatescand", "*.test", "*.prof", "*.out"}
	return slices.DeleteFunc(slices.Clone(listing), func(name string) bool {
		return slices.Contains(project, name) || slices.ContainsFunc(left, func(pattern string) bool {
			matched, err := path.Match(pattern, name)
			return err == nil && matched
		})
	})
}

func TestHouseKeepsTheRulesOfItsDesign(t *testing.T) {
	tree := os.DirFS("../..")
	packages, faults, err := house(tree)
	if err != nil {
		t.Fatalf("reading the project: %v", err)
	}
	for _, fault := range faults {
		t.Error(fault)
	}
	for _, pkg := range []string{"cmd/gatescand", "scanner", "scanner/admission", "store", "sync/platform"} {
		if !slices.Contains(packages, pkg) {
			t.Errorf("package %s was not seen: the rules were not applied to the project", pkg)
		}
	}
	entries, err := fs.ReadDir(tree, ".")
	if err != nil {
		t.Fatalf("listing the top of the project: %v", err)
	}
	var listing []string
	for _, entry := range entries {
		listing = append(listing, entry.Name())
	}
	for _, stranger := range topFaults(listing) {
		t.Errorf("%s does not belong at the top of the project", stranger)
	}
}

func TestImportTableAllowsAndForbids(t *testing.T) {
	tests := []struct {
		name, pkg, imp, fault string
	}{
		{"the rules of the door may reckon with time", "scanner/admission", "time", ""},
		{"the rules of the door have no network", "scanner/admission", "net", "this room is pure"},
		{"the rules of the door have no network below net", "scanner/admission", "net/http", "this room is pure"},
		{"the rules of the door have no files", "scanner/admission", "os", "this room is pure"},
		{"the rules of the door have no database", "scanner/admission", "database/sql", "this room is pure"},
		{"the rules of the door have no structured log", "scanner/admission", "log/slog", "this room is pure"},
		{"the rules of the door know no other room", "scanner/admission", module + "/store", "this room may not know that one"},
		{"the rules of the door use no library", "scanner/admission", "github.com/oklog/ulid/v2", "this room may not use that library"},
		{"the reader contract may watch for plugs", "scanner/reader", "github.com/fsnotify/fsnotify", ""},
		{"the reader contract knows no drawer", "scanner/reader", module + "/scanner/reader/serial", "this room may not know that one"},
		{"the serial drawer has its library", "scanner/reader/serial", "github.com/tarm/serial", ""},
		{"the serial drawer has packages below x/sys", "scanner/reader/serial", "golang.org/x/sys/unix", ""},
		{"the serial drawer knows its contract", "scanner/reader/serial", module + "/scanner/reader", ""},
		{"the serial drawer knows no sibling", "scanner/reader/serial", module + "/scanner/reader/hid", "this room may not know that one"},
		{"the serial drawer knows no rule of the door", "scanner/reader/serial", module + "/scanner/admission", "this room may not know that one"},
		{"the hid drawer has no serial library", "scanner/reader/hid", "github.com/tarm/serial", "this room may not use that library"},
		{"a lane knows the signal contract", "scanner", module + "/device/signal", ""},
		{"a lane knows no relay", "scanner", module + "/device/signal/gpio", "this room may not know that one"},
		{"a lane knows no platform", "scanner", module + "/sync/platform", "this room may not know that one"},
		{"the platform contract knows the words", "sync/platform", module + "/scanner/admission", ""},
		{"the platform contract knows no drawer", "sync/platform", module + "/sync/platform/tibillet", "this room may not know that one"},
		{"a platform drawer may use the network", "sync/platform/tibillet", "net/http", ""},
		{"a platform drawer knows its contract", "sync/platform/tibillet", module + "/sync/platform", ""},
		{"a platform drawer never knows the store", "sync/platform/tibillet", module + "/store", "this room may not know that one"},
		{"a platform drawer never knows the scanner", "sync/platform/tibillet", module + "/scanner", "this room may not know that one"},
		{"a platform drawer never knows a sibling", "sync/platform/tibillet", module + "/sync/platform/stebby", "this room may not know that one"},
		{"a platform drawer never knows a fake", "sync/platform/tibillet", module + "/sync/platform/platformtest", "this room may not know that one"},
		{"the list of drawers knows a drawer", "sync/platform/all", module + "/sync/platform/bittan", ""},
		{"the list of drawers knows no fake", "sync/platform/all", module + "/sync/platform/platformtest", "this room may not know that one"},
		{"a fake knows the contract", "sync/platform/platformtest/faketibillet", module + "/sync/platform", ""},
		{"a fake knows the suite it passes", "sync/platform/platformtest/faketibillet", module + "/sync/platform/platformtest", ""},
		{"a fake knows no drawer, so that it cannot agree with it by accident", "sync/platform/platformtest", module + "/sync/platform/tibillet", "this room may not know that one"},
		{"the outbox may back off", "sync/outbox", "github.com/cenkalti/backoff/v5", ""},
		{"the outbox never knows a drawer", "sync/outbox", module + "/sync/platform/tibillet", "this room may not know that one"},
		{"the mirror never knows the store", "sync/mirror", module + "/store", "this room may not know that one"},
		{"reconcile has no library", "sync/reconcile", "golang.org/x/sync/errgroup", "this room may not use that library"},
		{"the store has its driver", "store", "github.com/mattn/go-sqlite3", ""},
		{"the store knows no platform", "store", module + "/sync/platform", "this room may not know that one"},
		{"the page has metrics", "device/admin", "github.com/prometheus/client_golang/prometheus/promhttp", ""},
		{"the page never knows the store", "device/admin", module + "/store", "this room may not know that one"},
		{"health never knows the page", "device/health", module + "/device/admin", "this room may not know that one"},
		{"a library is not allowed by the beginning of its name", "store", "github.com/mattn/go-sqlite3-evil", "this room may not use that library"},
		{"the configuration has its decoder", "configs", "github.com/pelletier/go-toml/v2/unstable", ""},
		{"the configuration knows no room", "configs", module + "/scanner", "this room may not know that one"},
		{"the program knows everything", "cmd/gatescand", module + "/sync/platform/platformtest", ""},
		{"nothing imports the program", "device/admin", module + "/cmd/gatescand", "nothing imports cmd"},
		{"the program does not import itself either", "cmd/other", module + "/cmd/gatescand", "nothing imports cmd"},
		{"a package that the design does not know may import nothing", "helpers", "fmt", "the package has no room in the design"},
		{"a package below a room is no part of it", "store/cache", "fmt", "the package has no room in the design"},
		{"no room has C code of its own", "scanner/reader/serial", "C", "own C code has no place here"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := importFault(tt.pkg, tt.imp); got != tt.fault {
				t.Errorf("%s importing %s: got fault %q, want %q", tt.pkg, tt.imp, got, tt.fault)
			}
		})
	}
}

func TestHouseFindsWhatBreaksItsRules(t *testing.T) {
	tests := []struct {
		name   string
		files  map[string]string
		faults []string
	}{
		{"a clean package", map[string]string{"store/db.go": "// Package store keeps.\npackage store\n\nimport \"os\"\n\nvar _ = os.Args\n"}, nil},
		{
			"a forbidden import",
			map[string]string{"store/db.go": "// Package store keeps.\npackage store\n\nimport _ \"gatescand/sync/mirror\"\n"},
			[]string{"store/db.go: imports gatescand/sync/mirror: this room may not know that one"},
		},
		{
			"a forbidden import behind a build tag",
			map[string]string{"store/db.go": "//go:build windows\n\n// Package store keeps.\npackage store\n\nimport _ \"gatescand/scanner\"\n"},
			[]string{"store/db.go: imports gatescand/scanner: this room may not know that one"},
		},
		{
			"a test may import what the package may not",
			map[string]string{
				"store/db.go":      "// Package store keeps.\npackage store\n",
				"store/db_test.go": "package store\n\nimport _ \"gatescand/sync/mirror\"\n",
			},
			nil,
		},
		{
			"an init, in a test too",
			map[string]string{
				"store/db.go":      "// Package store keeps.\npackage store\n\nfunc init() {}\n",
				"store/db_test.go": "package store\n\nfunc init() {}\n",
			},
			[]string{"store/db.go: func init: registries are explicit", "store/db_test.go: func init: registries are explicit"},
		},
		{
			"a method called init is none",
			map[string]string{"store/db.go": "// Package store keeps.\npackage store\n\ntype db struct{}\n\nfunc (db) init() {}\n"},
			nil,
		},
		{
			"the rules of the door look at the clock, under another name",
			map[string]string{"scanner/admission/d.go": "// Package admission decides.\npackage admission\n\nimport clock \"time\"\n\nvar at = clock.Now\n"},
			[]string{"scanner/admission/d.go: uses time.Now: this room has no clock"},
		},
		{
			"the rules of the door compare moments",
			map[string]string{"scanner/admission/d.go": "// Package admission decides.\npackage admission\n\nimport \"time\"\n\nfunc late(a, b time.Time) bool { return a.After(b) }\n"},
			nil,
		},
		{
			"the clock hidden by a dot import",
			map[string]string{"scanner/admission/d.go": "// Package admission decides.\npackage admission\n\nimport . \"time\"\n\nvar at = Now\n"},
			[]string{"scanner/admission/d.go: imports time into its own names: the clock could not be told from a function of its own"},
		},
		{
			"a package without a comment",
			map[string]string{"configs/c.go": "package configs\n"},
			[]string{"configs: 0 package comments, where every package has one"},
		},
		{
			"a package with two comments",
			map[string]string{"configs/a.go": "// Package configs reads.\npackage configs\n", "configs/b.go": "// Package configs checks.\npackage configs\n"},
			[]string{"configs: 2 package comments, where every package has one"},
		},
		{
			"a package in the namespace",
			map[string]string{"sync/sync.go": "// Package sync is.\npackage sync\n"},
			[]string{"sync/sync.go: sync is a namespace and holds no package"},
		},
		{
			"a folder called util",
			map[string]string{"store/util/notes.txt": "no code at all"},
			[]string{"store/util: a folder is named for what it holds, never util"},
		},
		{
			"what testdata and hidden folders hold is no code",
			map[string]string{"store/testdata/x.go": "not Go", ".ci/x.go": "not Go either", "store/db.go": "// Package store keeps.\npackage store\n"},
			nil,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tree := fstest.MapFS{}
			for name, source := range tt.files {
				tree[name] = &fstest.MapFile{Data: []byte(source)}
			}
			_, faults, err := house(tree)
			if err != nil {
				t.Fatalf("reading the tree: %v", err)
			}
			if !slices.Equal(faults, tt.faults) {
				t.Errorf("got faults %q, want %q", faults, tt.faults)
			}
		})
	}
}

func TestTopLevelKnowsStrangers(t *testing.T) {
	listing := []string{".ci", ".git", ".gitignore", "LICENSE", "Makefile", "cmd", "gatescand", "internal", "mem.prof", "store"}
	if got, want := topFaults(listing), []string{".gitignore", "Makefile", "internal"}; !slices.Equal(got, want) {
		t.Errorf("got strangers %q, want %q", got, want)
	}
}
