package admin

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"fmt"
	"html/template"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"strings"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets/*
var assetFiles embed.FS

// pages are the parsed templates.
type pages struct {
	home, login, display, missing *template.Template
}

func parsePages() (pages, error) {
	var p pages
	for name, to := range map[string]**template.Template{"home": &p.home, "login": &p.login, "display": &p.display, "missing": &p.missing} {
		t, err := template.ParseFS(templateFiles, "templates/shapes.html", "templates/"+name+".html")
		if err != nil {
			return pages{}, fmt.Errorf("page %s: %w", name, err)
		}
		*to = t.Lookup(name + ".html")
	}
	return p, nil
}

// homePage is the frame of the first screen; its script fills it.
type homePage struct {
	Lang    string
	Station string
	Version string
	Cursor  string // where the event stream goes on
	L       map[string]string
}

// home is the first screen, or the way to the login.
func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	if s.identify(r) == "" {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	lang := s.language(r)
	s.render(w, http.StatusOK, s.pages.home, homePage{
		Lang: lang, Station: s.opt.Station, Version: s.opt.Version,
		Cursor: s.opt.Hub.cursor().String(), L: labels(lang),
	})
}

type loginPage struct {
	Lang    string
	Station string
	Problem string
	L       map[string]string
}

func (s *Server) loginForm(w http.ResponseWriter, r *http.Request) {
	s.loginPage(w, r, http.StatusOK, "")
}

func (s *Server) loginPage(w http.ResponseWriter, r *http.Request, status int, problem string) {
	lang := s.language(r)
	s.render(w, status, s.pages.login, loginPage{Lang: lang, Station: s.opt.Station, Problem: problem, L: labels(lang)})
}

func (s *Server) notFoundPage(w http.ResponseWriter, r *http.Request) {
	lang := s.language(r)
	s.render(w, http.StatusNotFound, s.pages.missing, loginPage{Lang: lang, Station: s.opt.Station, L: labels(lang)})
}

// render sends a page whole or not at all.
func (s *Server) render(w http.ResponseWriter, status int, t *template.Template, data any) {
	var b bytes.Buffer
	if err := t.Execute(&b, data); err != nil {
		s.log.Error("page cannot be built", slog.String("page", t.Name()), slog.Any("error", err))
		http.Error(w, "The page cannot be built; the station's log says why.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Vary", "Accept-Language, Cookie")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes()) // a browser that is gone needs no page
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
