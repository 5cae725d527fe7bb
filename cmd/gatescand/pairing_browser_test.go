//go:build browser

package main

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/skip2/go-qrcode"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// TestPairingOnThePage pairs in every way there is and is refused in every way
// there should be.
func TestPairingOnThePage(t *testing.T) {
	r := newRig(t)
	ticket := r.ticket(faketibillet.Valid)
	r.unpaired = true
	r.start()
	say := english(t)
	p := openBrowser(t, r.page())
	p.expects("status of 4") // refusals are what this is about
	p.sits(1440, 900, false)
	p.logIn(r.d.token)
	p.open("/accounts")
	show := func(code string) {
		t.Helper()
		if err := r.readers[0].Hold([]byte(code)); err != nil {
			t.Fatal(err)
		}
	}
	// arm lets the readers pair, unless they may already: a code that failed does
	// not end the two minutes.
	arm := func() {
		t.Helper()
		p.sees(`document.getElementById("pair-arm").hidden !== document.getElementById("pair-disarm").hidden`)
		if p.eval(`document.getElementById("pair-arm").hidden`) == false {
			p.press(say.T("pairing_arm"))
			p.reads(say.T("pairing_armed"))
		}
	}
	paired := func() bool { return r.d.current.Load().accounts[0].ready }
	_, code, err := r.fake.NewScanApp("north")
	if err != nil {
		t.Fatal(err)
	}

	// A station that was never paired waits for a code; a person may end that.
	p.reads(say.T("pairing_first"))
	p.press(say.T("pairing_disarm"))
	p.reads(say.T("pairing_idle"))

	// Unarmed: a code held up by a stranger is one more unreadable code.
	if a := r.hold(code); a.Verdict != string(admission.Refuse) || a.Reason != string(admission.ReasonUnreadable) || paired() {
		t.Errorf("a pairing code shown while pairing is not armed: %+v", a)
	}

	// Of another host: a person must see the name and agree, and does not.
	arm()
	show(strings.Replace(code, r.url, "https://tickets.evil.example", 1))
	p.sees(`document.getElementById("pair-confirm").hidden === false || document.getElementById("pair-word").dataset.state === "critical"`)
	p.picture("pairing-foreign-laptop")
	p.accessible("the question whose host a code is of", axeScript(t))
	if paired() {
		t.Error("paired with a foreign host")
	}
	p.press(say.T("pairing_confirm_no"))
	p.reads(say.T("pairing_idle"))

	// Expired.
	arm()
	show(expired(t, code))
	p.reads(say.T("pairing_failed"))
	p.reads("expired")

	// Shown to the lane's own reader, again and again: after a code that failed the
	// station takes none for a few seconds.
	arm()
	r.eventually("the code is taken", func() bool {
		show(code)
		return paired()
	})
	r.eventually("the account is paired", paired)
	r.eventually("the list is complete", func() bool { return r.d.listComplete(t.Context()) })
	r.eventually("the reader is up again", func() bool { return r.d.current.Load().lanes[0].readerState().Up() })
	r.expect(r.print(ticket), admission.Admit, admission.ReasonAdmitted)

	// Claimed already.
	p.open("/accounts")
	arm()
	p.reads(say.T("pairing_armed"))
	show(code)
	p.reads(say.T("pairing_failed"))
	if !paired() {
		t.Error("a refused code took the key away")
	}

	// Photographed, and uploaded.
	_, another, err := r.fake.NewScanApp("north again")
	if err != nil {
		t.Fatal(err)
	}
	p.open("/accounts")
	p.do(chromedp.SetUploadFiles("#pairing-image", []string{photograph(t, another)}))
	p.press(say.T("pairing_image_button"))
	r.eventually("the photograph has paired", func() bool {
		apps := r.fake.Apps()
		return apps[len(apps)-1].Claimed
	})
	p.content()
}

// expired makes a TiBillet code's token a month old.
func expired(t *testing.T, code string) string {
	t.Helper()
	before, rest, ok := strings.Cut(code, "/scan/")
	token, end, slash := strings.Cut(rest, "/")
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if !ok || !slash || err != nil {
		t.Fatalf("not a pairing code: %v", err)
	}
	parts := strings.Split(string(raw), ":")
	parts[1] = base62(time.Now().AddDate(0, -1, 0).Unix())
	return before + "/scan/" + base64.RawURLEncoding.EncodeToString([]byte(strings.Join(parts, ":"))) + "/" + end
}

// base62 writes a number as Django does.
func base62(n int64) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	var out []byte
	for ; n > 0; n /= 62 {
		out = append([]byte{digits[n%62]}, out...)
	}
	return string(out)
}

// photograph gives a picture of a code as a phone takes it of a screen: not
// straight, not evenly lit, with noise, as JPEG.
func photograph(t *testing.T, text string) string {
	t.Helper()
	q, err := qrcode.New(text, qrcode.Medium)
	if err != nil {
		t.Fatal(err)
	}
	code := q.Image(620)
	rnd := rand.New(rand.NewPCG(5, 5))
	const w, h = 1000, 1333
	out := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			// Turned by some six degrees round the middle.
			dx, dy := float64(x-w/2), float64(y-h/2)
			sx, sy := int(dx*0.9945+dy*0.1045)+310, int(-dx*0.1045+dy*0.9945)+310
			light := 170 + 60*x/w - 20*y/h
			grey := light - 90
			if sx >= 0 && sx < 620 && sy >= 0 && sy < 620 {
				r, _, _, _ := code.At(sx, sy).RGBA()
				grey = 30 + int(r>>8)*(light-30)/255
			}
			out.SetGray(x, y, color.Gray{Y: uint8(min(max(grey+rnd.IntN(17)-8, 0), 255))})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, out, &jpeg.Options{Quality: 80}); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), fmt.Sprintf("photo-%d.jpg", rnd.IntN(1000)))
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
