package faketibillet

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Sizes of an [Evening].
const (
	tonightTickets = 500
	laterTickets   = 60
)

// Evening is a server with one evening's life in it.
type Evening struct {
	*Server
	// Tonight is the event whose doors are open: it began half an hour ago and has 500 tickets in every state.
	Tonight string
	// Later is an event six days on, with 60 tickets, for people who come on the wrong day.
	Later string
	// OtherGate is a paired device that has scanned some of tonight's tickets already.
	OtherGate ScanApp
}

// NewEvening makes a server with two events, whose tickets have names, products and prices as they occur, some of them awkward on
// purpose: markup, formulas, right-to-left text, escapes, no name at all. The same seed and clock give the same evening. A nil Source
// and Zone in the options are filled in, the source from the seed and the zone with Europe/Paris where the system knows it. keys are
// private key PEMs for tonight's and the later event; without them keys are made when they are first needed.
func NewEvening(seed uint64, o Options, keys ...string) (*Evening, error) {
	if o.Source == nil {
		o.Source = rand.NewPCG(seed, 0x7469_6269)
	}
	if o.Zone == nil {
		if paris, err := time.LoadLocation("Europe/Paris"); err == nil {
			o.Zone = paris
		}
	}
	server, err := New(o)
	if err != nil {
		return nil, err
	}
	e := &Evening{Server: server}
	w := eveningWriter{
		evening: e,
		random:  rand.New(rand.NewPCG(seed, 0x6576_6e67)), //nolint:gosec // names of people who do not exist
		now:     o.Clock().Truncate(time.Minute),
	}
	if err := w.write(append(keys, "", "")); err != nil {
		return nil, fmt.Errorf("make an evening: %w", err)
	}
	return e, nil
}

// eveningWriter fills an evening.
type eveningWriter struct {
	evening *Evening
	random  *rand.Rand
	now     time.Time
	serial  int // of the ticket being written
}

func (w *eveningWriter) write(keys []string) error {
	var err error
	if w.evening.Tonight, err = w.evening.AddEvent(Event{
		Name: "Bal de la Saint-Cécile", Slug: "bal-de-la-saint-cecile", KeyPEM: keys[0],
		Description: "Fanfare, soupe à l'oignon & bal <à l'ancienne>.",
		Start:       w.now.Add(-30 * time.Minute), End: w.now.Add(5 * time.Hour),
	}); err != nil {
		return err
	}
	start := w.now.Add(6 * 24 * time.Hour).Truncate(time.Hour)
	if w.evening.Later, err = w.evening.AddEvent(Event{
		Name: "Ciné-concert « L'Aurore »", Slug: "cine-concert-l-aurore", KeyPEM: keys[1], Start: start,
	}); err != nil {
		return err
	}
	if w.evening.OtherGate, _, err = w.evening.PairedApp("Porte sud"); err != nil {
		return err
	}
	if err := w.writeTickets(w.evening.Tonight, w.tonightStatuses()); err != nil {
		return err
	}
	return w.writeTickets(w.evening.Later, make([]Status, laterTickets)) // zero is Valid
}

// tonightStatuses mixes the states of tonight's tickets.
func (w *eveningWriter) tonightStatuses() []Status {
	statuses := make([]Status, 0, tonightTickets)
	for _, part := range []struct {
		status Status
		count  int
	}{{Scanned, 60}, {Canceled, 30}, {Inactive, 20}, {Created, 20}} {
		for range part.count {
			statuses = append(statuses, part.status)
		}
	}
	for len(statuses) < tonightTickets {
		statuses = append(statuses, Valid)
	}
	w.random.Shuffle(len(statuses), func(i, j int) { statuses[i], statuses[j] = statuses[j], statuses[i] })
	return statuses
}

// writeTickets adds one ticket per state, in reservations of one to six.
func (w *eveningWriter) writeTickets(event string, statuses []Status) error {
	for len(statuses) > 0 {
		size := min(1+w.random.IntN(6), len(statuses))
		if err := w.writeReservation(event, statuses[:size]); err != nil {
			return err
		}
		statuses = statuses[size:]
	}
	return nil
}

func (w *eveningWriter) writeReservation(event string, statuses []Status) error {
	reservedAt := w.now.Add(-time.Duration(1+w.random.Int64N(60*24*3600*1000)) * time.Millisecond)
	product, price := pick(w.random, products()), pick(w.random, prices())
	_, last := w.name()
	email := "acheteur" + strconv.Itoa(w.serial) + "@example.org"
	reservation := ""
	for _, status := range statuses {
		t := Ticket{
			Event: event, Reservation: reservation, ReservedAt: reservedAt, Status: status, LastName: last,
			Email: email, Product: product, Price: price, CustomForm: w.form(),
		}
		t.FirstName, t.LastName = w.name()
		if w.random.IntN(2) == 0 && !w.awkward() {
			t.LastName = last // a family
		}
		w.serial++
		if status == Scanned && w.random.IntN(3) > 0 { // the others by hand, which leaves no trace
			t.ScannedBy = w.evening.OtherGate.UUID
		}
		uuid, err := w.evening.AddTicket(t)
		if err != nil {
			return err
		}
		if reservation == "" {
			added, err := w.evening.Ticket(uuid)
			if err != nil {
				return err
			}
			reservation = added.Reservation
		}
	}
	return nil
}

// awkward tells whether the ticket being written gets an awkward name: one in twenty.
func (w *eveningWriter) awkward() bool { return w.serial%20 == 7 }

func (w *eveningWriter) name() (first, last string) {
	if w.awkward() {
		awkward := awkwardNames()
		pair := awkward[w.serial/20%len(awkward)]
		return pair[0], pair[1]
	}
	return pick(w.random, firstNames()), pick(w.random, lastNames())
}

func (w *eveningWriter) form() json.RawMessage {
	switch w.random.IntN(8) {
	case 0:
		return json.RawMessage(`{"taille":"` + pick(w.random, []string{"S", "M", "L", "XL"}) + `"}`)
	case 1:
		return json.RawMessage(`{"repas":"<b>végé</b>","allergies":["noix","\u202eessiavuam"],"autre":null}`)
	default:
		return nil
	}
}

func pick(random *rand.Rand, from []string) string { return from[random.IntN(len(from))] }

func products() []string {
	return []string{"Bal – debout", "Bal – assis", "Pass deux jours", "Invitation", "Repas & bal"}
}

func prices() []string {
	return []string{"Plein tarif", "Plein tarif", "Tarif réduit", "Adhérent·e", "Prix libre"}
}

func firstNames() []string {
	return []string{
		"Aïcha", "Amélie", "Anaïs", "Antoine", "Benoît", "Camille", "Chloé", "Clément", "Élodie", "Émile", "Fatou", "François", "Gaëlle",
		"Héloïse", "Inès", "Jean-Baptiste", "Joséphine", "Léa", "Loïc", "Maëlys", "Marie-Noëlle", "Mathis", "Mohamed", "Noémie", "Nuria",
		"Océane", "Raphaël", "Rémi", "Solène", "Thaïs", "Théo", "Yann", "Zoé",
	}
}

func lastNames() []string {
	return []string{
		"Bonnet", "Chevalier", "D'Aubigné", "de La Fontaine", "Diallo", "Dubois", "Dupuis-Moreau", "Étienne", "Faure", "Fontaine", "Garnier",
		"Gauthier", "Girard", "Hoarau", "Lefèvre", "Le Goff", "Lévêque", "Marchand", "Mercier", "N'Guyen", "Payet", "Perrin", "Prévost",
		"Renaud", "Rivière", "Rousseau", "Sanchez", "Ben Saïd", "Vidal", "Œuvrard",
	}
}

// awkwardNames are pairs of first and last names that break pages, terminals, spreadsheets and assumptions.
func awkwardNames() [][2]string {
	return [][2]string{
		{"<b>Gras</b>", "<script>alert(1)</script>"},
		{"=HYPERLINK(\"http://portal.example\";\"clic\")", "+33 6 00 00 00 00"},
		{"\u202eenirehtaC", "אביגיל\u2066"},
		{"🎉🎺", "👩‍👩‍👧‍👦"},
		{"", ""},
		{"\x1b[31mRouge\x1b[0m", "\x1b]0;porte\x07"},
		{"@SUM(A1:A9)", "-2+3+cmd|' /C calc'!A0"},
		{"O'Connor; DROP TABLE tickets", "\"Guillemets\" & 'apostrophes' \\"},
		{"Jose\u0301", "Zoe\u0308\u200b"},
		{"Marie\nLouise", "Tab\tTab\r\n"},
		{"Ng", "X"},
		{strings.Repeat("Très-", 40) + "Long", strings.Repeat("W", 200)},
		{"محمد", "李小龍"},
		{"null", "undefined"},
		{"{{ nom }}", "${7*7}"},
	}
}
