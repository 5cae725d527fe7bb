package main

import (
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"strings"

	"gatescand/scanner/admission"
	"gatescand/sync/platform/all"
)

// columnView is one platform beside the others: what its server has recorded,
// what the gate believes, and who stands there with a code.
type columnView struct {
	Name      admission.PlatformName `json:"name"`
	Title     string                 `json:"title"`
	Event     string                 `json:"event"`
	Proved    string                 `json:"proved"`    // what its code proves offline
	Cached    string                 `json:"cached"`    // what is known ahead
	Asked     string                 `json:"asked"`     // at the door
	Delivered string                 `json:"delivered"` // after the door
	Repeated  string                 `json:"repeated"`  // what becomes of a lost answer
	Address   string                 `json:"address"`   // of the pretended server
	NetworkUp bool                   `json:"network_up"`
	Mood      string                 `json:"mood"`
	Requests  int                    `json:"requests"` // that reached the server
	Recorded  []figure               `json:"recorded"`
	Gate      accountView            `json:"gate"`
	Codes     []codeView             `json:"codes"`
}

// accountView is what the gate believes about one account.
type accountView struct {
	State       string            `json:"state"`      // ok, or what is the matter
	Tickets     int               `json:"tickets"`    // on its list
	Listed      bool              `json:"listed"`     // the platform gives lists
	ListAge     *int64            `json:"list_age_s"` // seconds, null where there is no complete list
	Sweeping    bool              `json:"sweeping"`
	Admitted    int               `json:"admitted"`
	Refused     int               `json:"refused"` // or held
	Pending     int               `json:"pending"`
	Delivered   int               `json:"delivered"`
	Conflicts   int               `json:"conflicts"` // open ones
	Buried      int               `json:"buried"`
	WaitingFor  string            `json:"waiting_for"` // why the oldest delivery waits
	Told        map[string]string `json:"-"`           // how far the latest entry of a ticket has come
	Differences []string          `json:"differences"` // open conflicts in words, newest first
	Conditions  []string          `json:"conditions"`  // of this account, in words
}

// codeView is one code of a column.
type codeView struct {
	ID      string     `json:"id"`
	Title   string     `json:"title"`
	Story   string     `json:"story"`
	Expect  string     `json:"expect"`
	Holder  string     `json:"holder"`
	Text    string     `json:"text"` // the code where it is short enough to read
	State   string     `json:"state"`
	Status  string     `json:"status"`
	Sold    bool       `json:"sold"`
	Actions []string   `json:"actions"`
	QR      string     `json:"qr"`
	Hold    holdWish   `json:"hold"` // what to send to have it held
	Last    *heldScene `json:"last"`
	Told    string     `json:"told"` // pending, delivered, conflict or buried; empty where nobody was admitted
}

// readableMax is the longest code that people can read off the page.
const readableMax = 24

// platformTitle writes a platform's name as it does itself.
func platformTitle(name admission.PlatformName) string {
	switch name {
	case admission.TiBillet:
		return "TiBillet"
	case admission.TicketSonic:
		return "TicketSonic"
	case admission.Stebby:
		return "Stebby"
	case admission.BitTan:
		return "BitTan"
	}
	return string(name)
}

// booth gives a platform's booth, nil where there is none.
func (s *stage) booth(name string) booth {
	i := slices.IndexFunc(s.booths, func(b booth) bool { return string(b.Platform()) == name })
	if i < 0 {
		return nil
	}
	return s.booths[i]
}

// chosen gives the booths that a request is about: the one it names, or all
// where it names none. ok is false where there is no such platform.
func (s *stage) chosen(name string) (booths []booth, ok bool) {
	if name == "" {
		return s.booths, true
	}
	b := s.booth(name)
	return []booth{b}, b != nil
}

// columns gives the four platforms as the page shows them.
func (s *stage) columns(accounts map[string]accountView) []columnView {
	out := make([]columnView, 0, len(s.booths))
	for _, b := range s.booths {
		name := b.Platform()
		row, _ := all.RowOf(name)
		front := b.Front()
		c := columnView{
			Name: name, Title: platformTitle(name), Event: b.Event(), Address: front.BaseURL(),
			Proved: row.Proved, Cached: row.Cached, Asked: row.Asked, Delivered: row.Delivered, Repeated: row.Repeated,
			NetworkUp: !front.NetworkCut(), Mood: s.moodOf(name), Recorded: b.Recorded(), Gate: accounts[string(name)],
		}
		for _, n := range front.Counts() {
			c.Requests += n
		}
		if c.Gate.Differences == nil {
			c.Gate.Differences = []string{}
		}
		if c.Gate.Conditions == nil {
			c.Gate.Conditions = []string{}
		}
		c.Codes = s.codes(b, c.Gate.Told)
		out = append(out, c)
	}
	return out
}

// codes gives the codes of a booth as the page shows them.
func (s *stage) codes(b booth, told map[string]string) []codeView {
	codes, err := b.Codes()
	if err != nil {
		s.log.Error("the codes of a platform cannot be shown", slog.String("platform", string(b.Platform())), slog.Any("error", err))
	}
	out := make([]codeView, 0, len(codes))
	for _, c := range codes {
		v := codeView{
			ID: c.ID, Title: c.Title, Story: c.Story, Expect: c.Expect, Holder: c.Holder, State: c.State, Status: c.Status, Sold: c.Sold,
			Actions: c.Actions, QR: columnQRPath(b, c), Hold: holdWish{Platform: string(b.Platform()), ID: c.ID},
			Last: s.last(c.Key), Told: told[c.Ticket],
		}
		if len(c.Code) <= readableMax {
			v.Text = c.Code
		}
		out = append(out, v)
	}
	return out
}

// columnQRPath is the address of a code's picture. The digest keeps a browser
// from showing the picture of an earlier demo.
func columnQRPath(b booth, c boothCode) string {
	return "/demo/qr/" + string(b.Platform()) + "/" + c.ID + ".png?of=" + admission.Digest([]byte(c.Code))
}

// columnCode finds a code of a column. The error wraps errNoCode.
func (s *stage) columnCode(platform, id string) (booth, boothCode, error) {
	b := s.booth(platform)
	if b == nil {
		return nil, boothCode{}, errNoCode
	}
	codes, err := b.Codes()
	if err != nil {
		return nil, boothCode{}, err
	}
	i := slices.IndexFunc(codes, func(c boothCode) bool { return c.ID == id })
	if i < 0 {
		return nil, boothCode{}, errNoCode
	}
	return b, codes[i], nil
}

// columnQR answers GET /demo/qr/{platform}/{file}.png?scale=.
func (s *stage) columnQR(w http.ResponseWriter, r *http.Request) {
	id, isPNG := strings.CutSuffix(r.PathValue("file"), ".png")
	_, c, err := s.columnCode(r.PathValue("platform"), id)
	if err == nil && !isPNG {
		err = errNoCode
	}
	s.sayQR(w, r, c.Code, err)
}

// columnAct answers POST /demo/platforms/{platform}/codes/{id}/{action}.
func (s *stage) columnAct(w http.ResponseWriter, r *http.Request) {
	name, id, action := r.PathValue("platform"), r.PathValue("id"), r.PathValue("action")
	b := s.booth(name)
	if b == nil {
		s.sayNoPlatform(w)
		return
	}
	if !isAction(action) {
		sayNoAction(w)
		return
	}
	switch err := b.Do(id, action); {
	case err == nil:
		s.log.Info("the box office acted", slog.String("platform", name), slog.String("action", action))
		sayValue(w, http.StatusOK, map[string]string{"platform": name, "id": id, "action": action})
	case errors.Is(err, errNoCode):
		sayFault(w, http.StatusNotFound, "not_found", "There is no such code.", "Take one from GET /demo/status.")
	case errors.Is(err, errNotNow):
		sayFault(w, http.StatusConflict, "refused", "The box office does not do that to a ticket in this state.", "The code's actions say what is possible.")
	default:
		s.log.Error("the box office failed", slog.String("platform", name), slog.String("action", action), slog.Any("error", err))
		sayFault(w, http.StatusInternalServerError, "internal", "The box office failed.", "Start the demo again.")
	}
}

// columnSell answers POST /demo/platforms/{platform}/sell.
func (s *stage) columnSell(w http.ResponseWriter, r *http.Request) {
	b := s.booth(r.PathValue("platform"))
	if b == nil {
		s.sayNoPlatform(w)
		return
	}
	var nothing struct{}
	if err := readBody(w, r, &nothing); err != nil {
		sayBodyFault(w, err)
		return
	}
	id, err := b.Sell()
	if err != nil {
		s.saySellFault(w, err)
		return
	}
	for _, c := range s.codes(b, nil) {
		if c.ID == id {
			sayValue(w, http.StatusCreated, c)
			return
		}
	}
	s.saySellFault(w, errNoCode)
}

func (s *stage) sayNoPlatform(w http.ResponseWriter) {
	names := make([]string, 0, len(s.booths))
	for _, b := range s.booths {
		names = append(names, string(b.Platform()))
	}
	sayFault(w, http.StatusNotFound, "no_platform", "The demo has no such platform.", "One of "+strings.Join(names, ", ")+".")
}

func sayNoAction(w http.ResponseWriter) {
	sayFault(w, http.StatusNotFound, "not_found", "The box office cannot do that.", "One of cancel, scan, unscan, pay.")
}
