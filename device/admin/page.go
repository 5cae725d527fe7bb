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
	shared := []string{"shapes", "layout", "parts", "setupparts"}
	p := make(pages)
	for _, f := range files {
		name := strings.TrimSuffix(f.Name(), ".html")
		if slices.Contains(shared, name) {
			continue
		}
		t, err := template.New(name).Funcs(template.FuncMap{"text": plainText}).ParseFS(templateFiles,
			"templates/shapes.html", "templates/layout.html", "templates/parts.html", "templates/setupparts.html", "templates/"+f.Name())
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
