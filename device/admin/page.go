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
	"sync"
)

//go:embed templates/*.html
var templateFiles embed.FS

//go:embed assets/*
var assetFiles embed.FS

// pages are the templates by their names.
type pages map[string]func() (*template.Template, error)

// newPages lists the templates. Each is parsed when somebody first opens its page:
// most stations never show most of them.
func newPages() (pages, error) {
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		return nil, err
	}
	shared := []string{"shapes", "layout", "parts", "setupparts"}
	p := make(pages)
	for _, f := range files {
		if name := strings.TrimSuffix(f.Name(), ".html"); !slices.Contains(shared, name) {
			p[name] = sync.OnceValues(func() (*template.Template, error) { return parsePage(name) })
		}
	}
	return p, nil
}

// parsePage reads one template: pages of staff are put into layout.html, the few
// that are alone are whole by themselves.
func parsePage(name string) (*template.Template, error) {
	t, err := template.New(name).Funcs(template.FuncMap{"text": plainText}).ParseFS(templateFiles,
		"templates/shapes.html", "templates/layout.html", "templates/parts.html", "templates/setupparts.html", "templates/"+name+".html")
	if err != nil {
		return nil, fmt.Errorf("page %s: %w", name, err)
	}
	root := "layout.html"
	if slices.Contains([]string{"login", "missing", "display"}, name) {
		root = name + ".html"
	}
	return t.Lookup(root), nil
}

// page gives a template.
func (p pages) page(name string) (*template.Template, error) {
	if parse := p[name]; parse != nil {
		return parse()
	}
	return nil, fmt.Errorf("there is no template for page %q", name)
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
