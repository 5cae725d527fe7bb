package platformtest

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"gatescand/sync/platform/platformtest/faketibillet"
)

// TibilletVectors are TiBillet codes with throw-away keys and what each must give.
type TibilletVectors struct {
	Keys    []TibilletKey    `json:"keys"`
	Vectors []TibilletVector `json:"vectors"`
}

// TibilletKey is an event and its key pair.
type TibilletKey struct {
	EventUUID  string `json:"event_uuid"`
	Name       string `json:"name"`
	PublicPEM  string `json:"publicKeyPem"`
	PrivatePEM string `json:"private_key_pem"`
}

// TibilletVector is one code text.
type TibilletVector struct {
	Name      string `json:"name"`
	Payload   string `json:"payload"`
	Length    int    `json:"length"`
	EventUUID string `json:"event_uuid"` // whose key is to be tried
	Expect    struct {
		SignatureValid bool    `json:"signature_valid"`
		UUID           *string `json:"uuid"` // null when the code leads to no ticket
		Reason         string  `json:"reason"`
	} `json:"expect"`
	// ServerCheckTicket is the status with which the real server answered a check of the code, ServerError its error text if any.
	ServerCheckTicket int     `json:"server_check_ticket"`
	ServerError       *string `json:"server_error"`
}

// LoadTibilletVectors returns the kept vectors.
func LoadTibilletVectors(tb testing.TB) TibilletVectors {
	tb.Helper()
	var v TibilletVectors
	if err := json.Unmarshal(readFile(tb, "testdata/vectors/tibillet.json"), &v); err != nil {
		tb.Fatalf("tibillet vectors: %v", err)
	}
	return v
}

// FixedClock is a clock that stands still at the given time.
func FixedClock(at time.Time) func() time.Time {
	return func() time.Time { return at }
}

// VectorTibillet makes a fake with the events and keys of the vectors and, in state Valid, every ticket that the real server knew when it
// answered them.
func VectorTibillet(tb testing.TB, clock func() time.Time) *faketibillet.Server {
	tb.Helper()
	v := LoadTibilletVectors(tb)
	fake := newTibillet(tb, faketibillet.Options{Clock: clock, Source: rand.NewPCG(1, 1)})
	for _, k := range v.Keys {
		if _, err := fake.AddEvent(faketibillet.Event{
			UUID: k.EventUUID, Name: k.Name, KeyPEM: k.PrivatePEM, Start: clock().Add(time.Hour), End: clock().Add(5 * time.Hour),
		}); err != nil {
			tb.Fatal(err)
		}
	}
	for _, vector := range v.Vectors {
		if vector.Expect.UUID == nil || vector.ServerCheckTicket == http.StatusNotFound {
			continue
		}
		_, err := fake.AddTicket(faketibillet.Ticket{
			UUID: *vector.Expect.UUID, Event: vector.EventUUID, FirstName: "Jo", LastName: "Do", Email: "a@example.org",
			Price: "Plein tarif", Product: "Billet",
		})
		if err != nil && !errors.Is(err, faketibillet.ErrTaken) {
			tb.Fatal(err)
		}
	}
	return fake
}

func newTibillet(tb testing.TB, o faketibillet.Options) *faketibillet.Server {
	tb.Helper()
	fake, err := faketibillet.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return fake
}

// RecordedTibillet makes a fake in the state in which the real server was when the TiBillet transcript was recorded, as far as the
// exchanges tell it, and the options with which the transcript must be replayed against it.
//
// The recording's signing keys are not known. The fake signs with keys of its own and is taught to accept exactly those recorded codes
// that the real server accepted. Codes in its own answers are compared by the ticket they name and verified against the key that it
// publishes.
func RecordedTibillet(tb testing.TB) (*faketibillet.Server, Transcript, ReplayOptions) {
	tb.Helper()
	transcript := LoadTranscript(tb, "tibillet")
	l := recordingLoader{tb: tb, seen: map[string]bool{}}
	l.readTenant(transcript)
	l.fake = newTibillet(tb, faketibillet.Options{
		Clock: FixedClock(l.reservedAt), Source: rand.NewPCG(1, 1), Organisation: l.tenant, RowSigning: faketibillet.SignAnew,
	})
	l.addEvents(transcript)
	l.addTickets(transcript)
	l.addDevices(transcript)
	return l.fake, transcript, l.options()
}

// recordingLoader reads a server's state out of what was recorded of it.
type recordingLoader struct {
	tb         testing.TB
	fake       *faketibillet.Server
	tenant     string
	event      string
	reservedAt time.Time
	email      string
	firstKey   string // API key of the first device
	firstApp   string
	seen       map[string]bool
}

type recordedPair struct {
	Success    bool   `json:"success"`
	TenantName string `json:"tenant_name"`
	APIKey     string `json:"api_key"`
	DeviceUUID string `json:"device_uuid"`
	DeviceName string `json:"device_name"`
}

type recordedScan struct {
	Success bool `json:"success"`
	Ticket  struct {
		UUID       string          `json:"uuid"`
		Status     string          `json:"status"`
		Event      string          `json:"event"`
		FirstName  string          `json:"first_name"`
		LastName   string          `json:"last_name"`
		Price      string          `json:"price"`
		Product    string          `json:"product"`
		ScannedBy  string          `json:"scanned_by"`
		CustomForm json.RawMessage `json:"custom_form"`
	} `json:"ticket"`
	Reservation struct {
		UUID         string `json:"uuid"`
		TicketsCount int    `json:"tickets_count"`
	} `json:"reservation"`
}

type recordedBody struct {
	QRCodeData string `json:"qrcode_data"`
	EventUUID  string `json:"event_uuid"`
}

type recordedList struct {
	Results []struct {
		Email               string    `json:"email"`
		ReservationDatetime time.Time `json:"reservation_datetime"`
	} `json:"results"`
}

// into decodes where the JSON has the shape; what has another shape leaves v as it is.
func (l *recordingLoader) into(raw json.RawMessage, v any) {
	var shape *json.UnmarshalTypeError
	var syntax *json.SyntaxError
	if err := json.Unmarshal(raw, v); len(raw) > 0 && err != nil && !errors.As(err, &shape) && !errors.As(err, &syntax) {
		l.tb.Fatalf("transcript: %v", err)
	}
}

func (l *recordingLoader) readTenant(t Transcript) {
	l.tb.Helper()
	for _, e := range t.Exchanges {
		var pair recordedPair
		if l.into(e.Response.JSON, &pair); pair.TenantName != "" {
			l.tenant = pair.TenantName
		}
		var list recordedList
		if l.into(e.Response.JSON, &list); len(list.Results) > 0 {
			l.reservedAt, l.email = list.Results[0].ReservationDatetime, list.Results[0].Email
		}
	}
	if l.tenant == "" || l.reservedAt.IsZero() {
		l.tb.Fatal("transcript: no pairing or no list to learn from")
	}
}

// addEvents adds the event whose uses succeeded under its recorded name, and any other that was named.
func (l *recordingLoader) addEvents(t Transcript) {
	l.tb.Helper()
	for _, e := range t.Exchanges {
		var body recordedBody
		var scan recordedScan
		l.into(e.Request.Body, &body)
		l.into(e.Response.JSON, &scan)
		if body.EventUUID == "" || l.seen[body.EventUUID] {
			continue
		}
		if scan.Success && scan.Ticket.Event != "" {
			l.event = body.EventUUID
			l.addEvent(body.EventUUID, scan.Ticket.Event)
		}
	}
	for _, e := range t.Exchanges {
		var body recordedBody
		if l.into(e.Request.Body, &body); body.EventUUID != "" && !l.seen[body.EventUUID] {
			l.addEvent(body.EventUUID, "Ev B")
		}
	}
}

func (l *recordingLoader) addEvent(uuid, name string) {
	l.tb.Helper()
	l.seen[uuid] = true
	if _, err := l.fake.AddEvent(faketibillet.Event{UUID: uuid, Name: name, Start: l.reservedAt}); err != nil {
		l.tb.Fatal(err)
	}
}

// addTickets adds the tickets of the recorded checks, each in the state it was first seen in, and so many without names as the
// reservation is said to have more: the recorded search for a name does not find those.
func (l *recordingLoader) addTickets(t Transcript) {
	l.tb.Helper()
	var tickets []faketibillet.Ticket
	total, reservation := 0, ""
	for _, e := range t.Exchanges {
		var body recordedBody
		var scan recordedScan
		l.into(e.Request.Body, &body)
		l.into(e.Response.JSON, &scan)
		if e.Response.Status != http.StatusOK || scan.Ticket.UUID == "" {
			continue
		}
		l.fake.RecordCode(scan.Ticket.UUID, body.QRCodeData)
		if l.seen[scan.Ticket.UUID] {
			continue
		}
		l.seen[scan.Ticket.UUID] = true
		total, reservation = scan.Reservation.TicketsCount, scan.Reservation.UUID
		tickets = append(tickets, faketibillet.Ticket{
			UUID: scan.Ticket.UUID, Event: l.event, Reservation: reservation, ReservedAt: l.reservedAt, Status: l.status(scan.Ticket.Status),
			FirstName: scan.Ticket.FirstName, LastName: scan.Ticket.LastName, Email: l.email, Price: scan.Ticket.Price,
			Product: scan.Ticket.Product, ScannedBy: scan.Ticket.ScannedBy, CustomForm: scan.Ticket.CustomForm,
		})
	}
	for len(tickets) < total {
		tickets = append(tickets, faketibillet.Ticket{
			UUID: fmt.Sprintf("ffffffff-ffff-4fff-bfff-%012d", len(tickets)), Event: l.event, Reservation: reservation, Email: l.email,
		})
	}
	// The real server gave them out in the order of the state letters' declaration, which is the order of creation.
	for _, status := range []faketibillet.Status{
		faketibillet.Created, faketibillet.Inactive, faketibillet.Valid, faketibillet.Scanned, faketibillet.Canceled,
	} {
		for _, ticket := range tickets {
			if ticket.Status == status || (ticket.Status == 0 && status == faketibillet.Canceled) {
				if _, err := l.fake.AddTicket(ticket); err != nil {
					l.tb.Fatal(err)
				}
			}
		}
	}
}

func (l *recordingLoader) status(word string) faketibillet.Status {
	l.tb.Helper()
	for _, status := range faketibillet.Statuses() {
		if status.Word("en", "en") == word {
			return status
		}
	}
	l.tb.Fatalf("transcript: unknown status word %q", word)
	return 0
}

func (l *recordingLoader) addDevices(t Transcript) {
	l.tb.Helper()
	for _, e := range t.Exchanges {
		var pair recordedPair
		l.into(e.Response.JSON, &pair)
		token, isPair := strings.CutSuffix(strings.TrimPrefix(e.Request.Path, "/scan/"), "/pair/")
		if !isPair || !pair.Success {
			continue
		}
		if l.firstApp == "" {
			l.firstApp, l.firstKey = pair.DeviceUUID, pair.APIKey
		}
		if err := l.fake.RecordScanApp(pair.DeviceUUID, pair.DeviceName, token, pair.APIKey); err != nil {
			l.tb.Fatal(err)
		}
	}
}

func (l *recordingLoader) options() ReplayOptions {
	return ReplayOptions{
		Before: func(exchange string) {
			if exchange == "auth_archived_device" { // an administrator's doing that no exchange shows
				if err := l.fake.ArchiveApp(l.firstApp); err != nil {
					l.tb.Error(err)
				}
			}
		},
		Adjust: func(exchange string, r *http.Request) {
			if exchange == "auth_archived_device" { // recorded without its headers
				r.Header.Set("Authorization", "Api-Key "+l.firstKey)
			}
		},
		Same: func(exchange, place string, want, got any) (same, handled bool) {
			switch {
			case strings.HasSuffix(place, "qrcode_data"):
				return l.sameCode(want, got), true
			case place == "error" && pythonText(exchange):
				text, ok := got.(string)
				return ok && text != "", true
			default:
				return false, false
			}
		},
	}
}

// pythonText names the exchanges whose error is the text of a Python exception, which nobody should rely on.
func pythonText(exchange string) bool {
	return exchange == "pair_garbage" || exchange == "check_bad_json_body"
}

// sameCode tells whether two codes name the same ticket, have the same form, and got is well signed.
func (l *recordingLoader) sameCode(want, got any) bool {
	wanted, ok1 := want.(string)
	given, ok2 := got.(string)
	if !ok1 || !ok2 || len(wanted) != len(given) {
		return false
	}
	wantHead, _, _ := strings.Cut(wanted, ":")
	head, signature, ok := strings.Cut(given, ":")
	if !ok || head != wantHead {
		return false
	}
	raw, err := base64.URLEncoding.DecodeString(signature)
	return err == nil && l.wellSigned(head, raw)
}
