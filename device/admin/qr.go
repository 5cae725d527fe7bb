package admin

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"

	"github.com/skip2/go-qrcode"
)

// drawQR draws a text as a QR code: dark on white whatever the page's colours
// are, with the quiet zone of four modules that readers want, and in lines that
// stay sharp at every size and on paper.
func drawQR(text string) ([]byte, error) {
	code, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		return nil, fmt.Errorf("make a QR code: %w", err)
	}
	rows := code.Bitmap() // with the quiet zone
	var b bytes.Buffer
	n := len(rows)
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" shape-rendering="crispEdges">`, n, n, 8*n, 8*n)
	fmt.Fprintf(&b, `<rect width="%d" height="%d" fill="#ffffff"/><path fill="#000000" d="`, n, n)
	for y, row := range rows {
		for x := 0; x < len(row); {
			run := 0
			for x+run < len(row) && row[x+run] {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&b, "M%d %dh%dv1h-%dz", x, y, run, run)
			}
			x += max(run, 1)
		}
	}
	b.WriteString(`"/></svg>`)
	return b.Bytes(), nil
}

// sayQR answers with the drawing of a code.
func (s *Server) sayQR(w http.ResponseWriter, r *http.Request, text string) {
	drawing, err := drawQR(text)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = w.Write(drawing) // a browser that is gone needs no picture
}

// pageURLs are the addresses under which other devices reach the page.
func (s *Server) pageURLs() []string {
	if s.opt.PageURLs == nil {
		return nil
	}
	return s.opt.PageURLs()
}

// pageQR draws one of the page's own addresses, ?n=0 the likeliest.
func (s *Server) pageQR(w http.ResponseWriter, r *http.Request) {
	urls := s.pageURLs()
	n := 0
	if text := r.URL.Query().Get("n"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			s.fail(w, r, badQuery("n", "the number of an address, from 0"))
			return
		}
	}
	if n < 0 || n >= len(urls) {
		s.fail(w, r, &Error{
			Status: http.StatusNotFound, Code: "no_address", Message: "The page has no such address for other devices.",
			Hint: "Where there is none at all, set [admin].listen to an address of the network, with tls.",
		})
		return
	}
	s.sayQR(w, r, urls[n])
}
