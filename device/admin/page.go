package admin

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"mime"
	"net/http"
	"path"
	"slices"
	"strings"

	"gatescand/device/admin/words"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets/*
var assetFiles embed.FS

// pages are the parsed templates by their names.
type pages map[string]*template.Template

// parsePages reads every template: pages of staff are put into layout.html, the
// ones in alone are whole by themselves.
func parsePages() (pages, error) {
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, err
	}
	alone := []string{"login", "missing", "display"}
	shared := []string{"shapes", "layout", "parts"}
	p := make(pages)
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".html")
		if slices.Contains(shared, name) {
			continue
		}
		t, err := template.New(name).Funcs(template.FuncMap{"text": plainText}).ParseFS(templateFiles,
			"templates/shapes.html", "templates/layout.html", "templates/parts.html", "templates/"+f.Name())
		if err != nil {
			return nil, fmt.Errorf("page %s: %w", name, err)
		}
		root := "layout.html"
		if slices.Contains(alone, name) {
			root = f.Name()
		}
		p[name] = t.Lookup(root)
	}
	return p, nil
}

type alonePage struct {
	L       words.Speaker
	Lang    string
	Station string
	Problem string
	Next    string
}

func (s *Server) loginForm(w http.ResponseWriter, r *http.Request) {
	s.loginPage(w, r, http.StatusOK, "")
}

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request, status int, problem string) {
	lang := s.language(r)
	s.render(w, status, s.pages["login"], alonePage{L: lang, Lang: lang.Lang, Station: s.opt.Station, Problem: problem, Next: nextOf(r)})
}

// nextOf gives the page of this station that somebody wanted before the login,
// "/" for none.
func nextOf(r *http.Request) string {
	next := r.FormValue("next")
	if !strings.HasPrefix(next, "/") || strings.HasPrefix(next, "//") || strings.ContainsAny(next, "\\\r\n") {
		return "/"
	}
	return next
}

func (s *Server) notFoundPage(w http.ResponseWriter, r *http.Request) {
	lang := s.language(r)
	s.render(w, http.StatusNotFound, s.pages["missing"], alonePage{L: lang, Lang: lang.Lang, Station: s.opt.Station})
}

// refusedPage tells staff that a page is the administrator's.
func (s *Server) refusedPage(w http.ResponseWriter, r *http.Request, who principal) {
	r = r.WithContext(context.WithValue(r.Context(), principalKey{}, who))
	s.show(w, r, http.StatusForbidden, sheet{name: "refused"})
}

// asset serves a style, a script or a picture. They are the same for everybody.
func (s *Server) asset(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	data, err := assetFiles.ReadFile("assets/" + name)
	if err != nil || strings.HasPrefix(name, ".") {
		http.NotFound(w, r)
		return
	}
	sum := sha256.Sum256(data)
	tag := `"` + hex.EncodeToString(sum[:8]) + `"`
	h := w.Header()
	h.Set("Cache-Control", "no-cache") // ask whether it changed: the program may have been updated
	h.Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Type", contentType(name))
	_, _ = w.Write(data) // as above
}

// contentType does not leave the types that scripts and styles need to the
// tables of the machine.
func contentType(name string) string {
	switch ext := path.Ext(name); ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	default:
		return mime.TypeByExtension(ext)
	}
}

func (s *Server) favicon(w http.ResponseWriter, r *http.Request) {
	http.Redirect(w, r, "/assets/icon.svg", http.StatusFound)
}
