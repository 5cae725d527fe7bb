package admin

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"image/color"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// readQR reads the code of a drawing as a reader would: from its pixels.
func readQR(t *testing.T, drawing string) string {
	t.Helper()
	box := regexp.MustCompile(`viewBox="0 0 (\d+) (\d+)"`).FindStringSubmatch(drawing)
	if box == nil {
		t.Fatalf("no drawing: %.80s", drawing)
	}
	n, err := strconv.Atoi(box[1])
	if err != nil || box[1] != box[2] {
		t.Fatalf("%v, %v", box, err)
	}
	const scale = 4
	img := image.NewGray(image.Rect(0, 0, n*scale, n*scale))
	for i := range img.Pix {
		img.Pix[i] = 0xff
	}
	for _, run := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(drawing, -1) {
		var v [3]int
		for i := range v {
			if v[i], err = strconv.Atoi(run[i+1]); err != nil {
				t.Fatal(err)
			}
		}
		for x := v[0] * scale; x < (v[0]+v[2])*scale; x++ {
			for y := v[1] * scale; y < (v[1]+1)*scale; y++ {
				img.SetGray(x, y, color.Gray{})
			}
		}
		if min(v[0], v[1]) < 4 || v[0]+v[2] > n-4 || v[1] >= n-4 {
			t.Fatalf("the quiet zone is not quiet: %v of %d", v, n)
		}
	}
	bitmap, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatal(err)
	}
	result, err := qrcode.NewQRCodeReader().Decode(bitmap, nil)
	if err != nil {
		t.Fatalf("the drawing cannot be read: %v", err)
	}
	return result.GetText()
}

func TestADrawingCanBeReadAndIsWellFormed(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"https://192.0.2.7:8640/", "GSCNDBCBBBDPNJKCKJBBBTLNVFRCHHPRXGPL", strings.Repeat("long ", 60)} {
		drawing, err := drawQR(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := readQR(t, string(drawing)); got != text {
			t.Errorf("%q, want %q", got, text)
		}
		d := xml.NewDecoder(bytes.NewReader(drawing))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := drawQR(strings.Repeat("x", 8000)); err == nil {
		t.Error("a text that fits into no code was drawn")
	}
}

func TestThePageDrawsItsOwnAddress(t *testing.T) {
	t.Parallel()
	opt := newStation().options()
	opt.PageURLs = func() []string { return []string{"https://192.0.2.7:8640/", "https://gate.local:8640/"} }
	srv := open(t, opt)
	for path, want := range map[string]string{"/qr/page.svg": "https://192.0.2.7:8640/", "/qr/page.svg?n=1": "https://gate.local:8640/"} {
		resp, raw := ask(t, srv, http.MethodGet, path, "")
		if got := readQR(t, raw); resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "image/svg+xml" || got != want {
			t.Errorf("%s: %d %q", path, resp.StatusCode, got)
		}
	}
	for path, want := range map[string]int{"/qr/page.svg?n=2": http.StatusNotFound, "/qr/page.svg?n=-1": http.StatusNotFound, "/qr/page.svg?n=x": http.StatusBadRequest} {
		if resp, _ := ask(t, srv, http.MethodGet, path, ""); resp.StatusCode != want {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
	if resp, _ := ask(t, srv, http.MethodGet, "/qr/page.svg", "", stranger); resp.StatusCode != http.StatusSeeOther {
		t.Errorf("a stranger gets %d", resp.StatusCode)
	}
}

func TestCardsAreForTheAdministrator(t *testing.T) {
	t.Parallel()
	st := newStation()
	opt := st.options()
	opt.Cards = &deck{}
	srv := open(t, opt)
	for _, path := range []string{"/cards", "/cards/north/close.svg"} {
		if resp, raw := ask(t, srv, http.MethodGet, path, "", stranger); resp.StatusCode != http.StatusSeeOther || strings.Contains(raw, "CODE-") {
			t.Errorf("%s: a stranger gets %d %s", path, resp.StatusCode, raw)
		}
	}
	if resp, raw := ask(t, srv, http.MethodGet, "/api/v1/cards", "", stranger); resp.StatusCode != http.StatusUnauthorized || strings.Contains(raw, "CODE-") {
		t.Errorf("a stranger gets %d %s", resp.StatusCode, raw)
	}
	if resp, _ := ask(t, srv, http.MethodPost, "/api/v1/cards/renew", "{}", stranger); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("a stranger gets %d", resp.StatusCode)
	}
}

func TestTheSheetHasEveryCardAndNoCodeInAnAddress(t *testing.T) {
	t.Parallel()
	st := newStation()
	opt := st.options()
	opt.Cards = &deck{}
	opt.PageURLs = func() []string { return []string{"https://192.0.2.7:8640/"} }
	srv := open(t, opt)
	resp, raw := ask(t, srv, http.MethodGet, "/cards", "")
	if resp.StatusCode != http.StatusOK || strings.Contains(raw, "CODE-") || strings.Count(raw, `class="paper-card"`) != 7 {
		t.Fatalf("%d %s", resp.StatusCode, raw)
	}
	for _, m := range regexp.MustCompile(`<img src="([^"]+)" alt="[^"]`).FindAllStringSubmatch(raw, -1) {
		resp, drawing := ask(t, srv, http.MethodGet, strings.ReplaceAll(m[1], "&amp;", "&"), "")
		if resp.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d", m[1], resp.StatusCode)
		}
		if got := readQR(t, drawing); !strings.HasPrefix(got, "CODE-") && got != "https://192.0.2.7:8640/" {
			t.Errorf("%s says %q", m[1], got)
		}
	}
	_, drawing := ask(t, srv, http.MethodGet, "/cards/s%C3%BCd%20%2F%202/check.svg", "")
	if got := readQR(t, drawing); got != "CODE-süd / 2-check" {
		t.Errorf("%q", got)
	}
	for _, path := range []string{"/cards/north/close", "/cards/north/explode.svg", "/cards/west/close.svg"} {
		if resp, _ := ask(t, srv, http.MethodGet, path, ""); resp.StatusCode != http.StatusNotFound {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
	}
}

func TestRenewedCardsSayAnotherCode(t *testing.T) {
	t.Parallel()
	st := newStation()
	opt := st.options()
	d := &deck{}
	opt.Cards = d
	srv := open(t, opt)
	first := func() string {
		_, raw := ask(t, srv, http.MethodGet, "/api/v1/cards", "")
		got := decode[cardsAnswer](t, raw)
		if len(got.Cards) != 6 || got.Cards[0].Lane != "north" || got.Cards[0].Action != "close" {
			t.Fatalf("%s", raw)
		}
		return got.Cards[0].Code
	}
	before := first()
	if resp, raw := ask(t, srv, http.MethodPost, "/api/v1/cards/renew", "{}"); resp.StatusCode != http.StatusOK {
		t.Errorf("%d %s", resp.StatusCode, raw)
	}
	if first() == before {
		t.Error("the old card is still good")
	}
	d.fail = &Error{Status: http.StatusServiceUnavailable, Code: "cards_damaged", Message: "no"}
	for _, call := range [][2]string{{http.MethodGet, "/api/v1/cards"}, {http.MethodPost, "/api/v1/cards/renew"}, {http.MethodGet, "/cards/north/open.svg"}} {
		if resp, _ := ask(t, srv, call[0], call[1], ""); resp.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("%s: %d", call[1], resp.StatusCode)
		}
	}
	opt = st.options()
	srv = open(t, opt)
	if resp, _ := ask(t, srv, http.MethodGet, "/api/v1/cards", ""); resp.StatusCode != http.StatusNotImplemented {
		t.Errorf("without cards: %d", resp.StatusCode)
	}
	if resp, raw := ask(t, srv, http.MethodGet, "/cards", ""); resp.StatusCode != http.StatusOK || strings.Contains(raw, "data-api") {
		t.Errorf("without cards: %d %s", resp.StatusCode, raw)
	}
}
