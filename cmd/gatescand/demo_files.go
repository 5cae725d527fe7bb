package main

import (
	"embed"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"path"
)

// demoFiles is the demo's page.
//
//go:embed demo
var demoFiles embed.FS

func (s *stage) page(w http.ResponseWriter, r *http.Request) { s.file(w, r, "index.html") }

func (s *stage) asset(w http.ResponseWriter, r *http.Request) { s.file(w, r, r.PathValue("name")) }

// file serves one of the embedded files by its name.
func (s *stage) file(w http.ResponseWriter, _ *http.Request, name string) {
	kind, known := assetTypes()[path.Ext(name)]
	if !known || name != path.Base(name) {
		sayFault(w, http.StatusNotFound, "not_found", "There is no such file.", "Open the demo's first page.")
		return
	}
	body, err := fs.ReadFile(demoFiles, "demo/"+name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		sayFault(w, http.StatusNotFound, "not_found", "There is no such file.", "Open the demo's first page.")
		return
	case err != nil:
		s.log.Error("a file of the demo cannot be read", slog.String("name", name), slog.Any("error", err))
		sayFault(w, http.StatusInternalServerError, "internal", "The file could not be read.", "Start the demo again.")
		return
	}
	w.Header().Set("Content-Type", kind)
	_, _ = w.Write(body) // nobody to tell: the client has gone
}

// assetTypes gives the content types of the page's files by extension.
func assetTypes() map[string]string {
	return map[string]string{
		".html": "text/html; charset=utf-8",
		".css":  "text/css; charset=utf-8",
		".js":   "text/javascript; charset=utf-8",
		".svg":  "image/svg+xml",
	}
}
