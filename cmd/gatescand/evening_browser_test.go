//go:build browser

package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"gatescand/device/admin"
	"gatescand/scanner/admission"
	"gatescand/sync/platform/platformtest/faketibillet"
)

// nasty is a name that would do harm wherever it were taken for more than text.
const nasty = `=cmd|' /C calc'!A0 <img src=x onerror=alert(1)><script>alert(2)</script> "';--` + " \u202eeman\u202c \U0001F468\u200d\U0001F469\u200d\U0001F467 نص \u0007\u2066x"

// evening is a station in the middle of a busy evening, with a browser before
// its page.
type evening struct {
	*rig
	*person

	jo, nasty, refunded string // tickets
}

// page gives the address of the station's page.
func (r *rig) page() string {
	r.t.Helper()
	r.eventually("the page is served", func() bool { return r.d.pageURL.Load() != nil })
	return *r.d.pageURL.Load()
}

// newEvening lets people in, turns some away, lets the platform disagree about
// one, and opens the page.
func newEvening(t *testing.T) *evening {
	t.Helper()
	r := newRig(t)
	r.reader("south", "hold_off = \"0s\"\ndirection = \"exit\"")
	e := &evening{rig: r, jo: r.ticket(faketibillet.Valid), refunded: r.ticket(faketibillet.Valid)}
	var err error
	guest := faketibillet.Ticket{Event: r.tonight, Status: faketibillet.Valid, FirstName: nasty, LastName: "Zoë", Product: "<b>VIP</b>", Price: "=1+1"}
	if os.Getenv("SCREENSHOTS") != "" { // pictures for people are of a friendlier evening
		guest.FirstName, guest.Product, guest.Price = "Maren", "Balcony", "Full price"
	}
	e.nasty, err = r.fake.AddTicket(guest)
	if err != nil {
		t.Fatal(err)
	}
	canceled := r.ticket(faketibillet.Canceled)
	r.start()
	r.expect(r.print(e.jo), admission.Admit, admission.ReasonAdmitted)
	r.expect(r.print(e.jo), admission.Refuse, admission.ReasonAlreadyRedeemed)
	r.expect(r.print(e.nasty), admission.Admit, admission.ReasonAdmitted)
	r.expect(r.print(canceled), admission.Refuse, admission.ReasonCanceled)
	r.expect("<script>alert(3)</script>\u202e=1", admission.Refuse, admission.ReasonUnreadable)
	r.expect(r.print(e.refunded), admission.Admit, admission.ReasonAdmitted)
	r.eventually("the platform knows who is in", func() bool { return r.pending() == 0 })
	if err := r.fake.SetStatus(e.refunded, faketibillet.Canceled); err != nil {
		t.Fatal(err)
	}
	r.eventually("the platform's disagreement is seen", func() bool { return len(r.conflicts()) > 0 })
	e.person = openBrowser(t, r.page())
	return e
}

// TestEveryPage looks at every page there is, on a phone and on a laptop, in
// the light and in the dark.
func TestEveryPage(t *testing.T) {
	axe := axeScript(t)
	e := newEvening(t)
	e.sits(1440, 900, false)
	e.open("/login")
	e.accessible("the login", axe)
	e.logIn(e.d.token)
	e.sees(`document.querySelectorAll(".scan").length >= 5`)
	paths := map[string]string{
		"display": "/display/north", "display-exit": "/display/south", "missing": "/no/such/page",
		"ticket": "/tickets/lespass/" + e.nasty, "ticket-story": "/tickets/lespass/" + e.jo, "cards": "/cards", "setup": "/setup",
	}
	links, ok := e.eval(`[...document.querySelectorAll("nav.pages a")].map((a) => a.getAttribute("href")).join(" ")`).(string)
	if !ok || len(strings.Fields(links)) < 9 {
		t.Fatalf("the way to the pages: %q", links)
	}
	for path := range strings.FieldsSeq(links) {
		name := strings.Trim(path, "/")
		if name == "" {
			name = "now"
		}
		paths[name] = path
	}
	e.expects("404")
	for _, size := range []struct {
		name          string
		width, height int64
		dark          bool
	}{{"laptop", 1440, 900, false}, {"phone", 360, 740, true}} {
		e.sits(size.width, size.height, size.dark)
		for name, path := range paths {
			e.open(path)
			e.sees(`document.readyState === "complete"`)
			if !strings.HasPrefix(path, "/display") && name != "missing" {
				e.sees(`document.getElementById("live").textContent === "Live"`)
			}
			where := name + " on the " + size.name
			e.fits(where)
			e.accessible(where, axe)
			if n := fmt.Sprint(e.eval(`document.querySelectorAll("main img[src=x], main script, main b").length`)); n != "0" {
				t.Errorf("%s: a name became markup", where)
			}
			e.picture(name + "-" + size.name)
		}
	}
	e.content()
}

// TestTheFeedSurvivesARestart keeps a page open while the station is stopped
// and started again, and misses nothing.
func TestTheFeedSurvivesARestart(t *testing.T) {
	e := newEvening(t)
	e.expects("ERR_CONNECTION_REFUSED")
	e.expects("ERR_INCOMPLETE_CHUNKED_ENCODING")
	e.logIn(e.d.token)
	e.sees(`document.querySelectorAll(".scan").length >= 6`)
	before := fmt.Sprint(e.eval(`document.querySelectorAll(".scan").length`))
	address := strings.TrimPrefix(e.page(), "http://")
	e.stop()
	e.sees(`document.getElementById("live").textContent !== "Live"`)
	e.listen = address
	late := e.ticket(faketibillet.Valid)
	e.start()
	e.expect(e.print(late), admission.Admit, admission.ReasonAdmitted)
	e.sees(`document.getElementById("live").textContent === "Live" && document.querySelectorAll(".scan").length === ` + before + ` + 1`)
	e.sees(`document.querySelector(".scan").dataset.verdict === "admit"`)
	e.content()
}

// TestADisputeIsSettled finds a guest who says that the ticket was never used,
// as staff, and lets the guest in by hand; then an administrator takes it back.
func TestADisputeIsSettled(t *testing.T) {
	e := newEvening(t)
	say := english(t)
	if err := errors.Join(e.d.access.Set(t.Context(), admin.RoleAdmin, "keys-of-the-house"), e.d.access.Set(t.Context(), admin.RoleStaff, "door-of-the-house")); err != nil {
		t.Fatal(err)
	}
	e.sits(360, 740, true)
	e.logIn("door-of-the-house")
	e.open("/tickets")
	e.fill("q", "zoe")
	e.press(say.T("tickets_search"))
	e.sees(`document.querySelectorAll("main table.list tbody tr").length === 1`)
	if where := fmt.Sprint(e.eval(`location.href`)); strings.Contains(where, "zoe") {
		t.Errorf("a name stands in the address: %s", where)
	}
	e.eval(`document.querySelector("main table.list a.open").click()`)
	e.sees(`location.pathname.startsWith("/tickets/lespass/")`)
	e.reads("lane north")
	e.sees(`document.querySelector("h1").textContent.includes("Zoë")`)
	e.do(setValue("#note", "guest came back for a coat"))
	e.press(say.T("story_admit_button"))
	e.reads("guest came back for a coat")
	if n := fmt.Sprint(e.eval(`document.querySelectorAll("#undo-note").length`)); n != "0" {
		t.Error("staff may take an admission back")
	}
	e.picture("dispute-phone")

	e.press(say.T("logout"))
	e.sees(`location.pathname === "/login"`)
	e.logIn("keys-of-the-house")
	e.open("/tickets/lespass/" + e.jo)
	e.do(setValue("#undo-note", "wrong guest"))
	e.press(say.T("story_undo_button"))
	e.reads("wrong guest")
	e.expect(e.print(e.jo), admission.Admit, admission.ReasonAdmitted)
	e.verify(e.d.store)
	e.content()
}

// TestAConflictIsResolved closes what the platform and the journal disagree about
// with a note, and finds it again.
func TestAConflictIsResolved(t *testing.T) {
	e := newEvening(t)
	say := english(t)
	e.sits(1440, 900, false)
	e.logIn(e.d.token)
	e.open("/conflicts")
	e.reads("lane north")
	e.fill("note", "money was given back at the door <b>")
	e.press(say.T("conflicts_resolve") + ": 1")
	e.sees(`document.querySelectorAll("main textarea").length === 0`)
	e.open("/conflicts?all=1")
	e.reads("money was given back at the door <b>")
	if open, err := e.d.store.OpenConflicts(t.Context()); err != nil || open != 0 {
		t.Errorf("%d conflicts are open, %v", open, err)
	}
	e.content()
}

// TestAWrongPasswordIsLockedOut guesses until the station asks to wait, and then
// has the right one and must wait all the same.
func TestAWrongPasswordIsLockedOut(t *testing.T) {
	e := newEvening(t)
	if err := e.d.access.Set(t.Context(), admin.RoleAdmin, "keys-of-the-house"); err != nil {
		t.Fatal(err)
	}
	e.expects("status of 401")
	e.expects("status of 429")
	try := func(password string) string {
		e.open("/login")
		e.do(setValue("#password", password))
		e.eval(`document.querySelector("form#login").requestSubmit()`)
		e.sees(`location.pathname !== "/login" || document.getElementById("problem")`)
		return fmt.Sprint(e.eval(`document.getElementById("problem")?.textContent ?? ""`))
	}
	wrong := english(t).T("login_wrong")
	said := wrong
	for n := 0; said == wrong; n++ {
		if n > 20 {
			t.Fatal("twenty wrong passwords, and nobody is asked to wait")
		}
		said = try("wrong-" + strconv.Itoa(n))
	}
	if said = try("keys-of-the-house"); said == "" || said == wrong {
		t.Errorf("the right password after too many wrong ones: %q", said)
	}
	e.picture("locked-out-laptop")
	e.content()
}
