package fakestebby

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// eveningTickets is the size of an [Evening].
const eveningTickets = 240

// Evening is a sports club's server with one evening's life in it: tickets for a class, the gym, the pool and the sauna, most of them
// usable, some used at the desk or by another gate, refunded, expired or about to expire.
type Evening struct {
	*Server
	// Key is that of the gate; DeskKey that of the desk, which uses tickets of the same Point of Sale.
	Key, DeskKey string
	// ByKind are codes of tickets, by what is the matter with them: "usable", "used", "refunded", "expired", "expiring" (within the
	// hour) and "endless" (without an end).
	ByKind map[string][]string
}

// NewEvening makes a server with 240 tickets, whose clients have names as they occur, some of them awkward on purpose: markup, formulas,
// right-to-left text, escapes, no name at all. The same seed and clock give the same evening. A nil Source and Zone in the options are
// filled in, the source from the seed and the zone with Europe/Tallinn where the system knows it.
func NewEvening(seed uint64, o Options) (*Evening, error) {
	if o.Source == nil {
		o.Source = rand.NewPCG(seed, 0x7374_6562)
	}
	if o.Zone == nil {
		if tallinn, err := time.LoadLocation("Europe/Tallinn"); err == nil {
			o.Zone = tallinn
		}
	}
	server, err := New(o)
	if err != nil {
		return nil, err
	}
	e := &Evening{Server: server, ByKind: map[string][]string{}}
	e.Key, e.DeskKey = server.AddDesk("gate"), server.AddDesk("desk")
	w := eveningWriter{
		evening: e,
		random:  rand.New(rand.NewPCG(seed, 0x6576_6e67)), //nolint:gosec // names of people who do not exist
		now:     server.Now().Truncate(time.Minute),
	}
	for w.serial = range eveningTickets {
		if err := w.sell(); err != nil {
			return nil, fmt.Errorf("make an evening: %w", err)
		}
	}
	return e, nil
}

// eveningWriter fills an evening.
type eveningWriter struct {
	evening *Evening
	random  *rand.Rand
	now     time.Time
	serial  int // of the ticket being sold
}

func (w *eveningWriter) sell() error {
	kind, until := "usable", w.now.AddDate(0, 0, 1+w.random.IntN(90))
	switch w.serial % 12 {
	case 1, 5:
		kind = "used"
	case 3:
		kind = "refunded"
	case 7:
		kind, until = "expired", w.now.Add(-time.Duration(1+w.random.IntN(72))*time.Hour)
	case 9:
		kind, until = "expiring", w.now.Add(time.Duration(5+w.random.IntN(50))*time.Minute)
	case 11:
		kind, until = "endless", time.Time{}
	}
	services := services()
	code, err := w.evening.AddTicket(Ticket{
		Client: Client{
			Context: "EMAIL", Value: "klient" + strconv.Itoa(w.serial) + "@example.org", Name: w.name(),
		},
		ValidUntil: until, Purchasable: services[w.random.IntN(len(services))],
	})
	if err != nil {
		return err
	}
	w.evening.ByKind[kind] = append(w.evening.ByKind[kind], code)
	switch kind {
	case "used":
		return w.evening.UseAtDesk(code, "desk")
	case "refunded":
		return w.evening.Refund(code)
	}
	return nil
}

// name gives a name, an awkward one to every tenth ticket.
func (w *eveningWriter) name() string {
	if w.serial%10 == 4 {
		awkward := awkwardNames()
		return awkward[w.serial/10%len(awkward)]
	}
	first, last := firstNames(), lastNames()
	return first[w.random.IntN(len(first))] + " " + last[w.random.IntN(len(last))]
}

func services() []Purchasable {
	return []Purchasable{
		{Category: "WORKOUT", Code: "gym_day", Name: "Jõusaal, päevapilet", Price: 12.5},
		{Category: "WORKOUT", Code: "yoga_60", Name: "Jooga 60 min", Price: 9},
		{Category: "SPORTS", Code: "pool_90", Name: "Ujula 90 min", Price: 8.5},
		{Category: "SPORTS", Code: "sauna", Name: "Saun & bassein", Price: 15, Gone: true},
		{Category: "WORKOUT", Code: "spin", Name: "Sõidutund <spinning>", Price: 10, Amount: 2},
	}
}

func firstNames() []string {
	return []string{
		"Aija", "Andrius", "Eglė", "Hõbe", "Ieva", "Jānis", "Jüri", "Kärt", "Kristīne", "Laura", "Līga", "Maarja", "Margus", "Mindaugas",
		"Ott", "Piret", "Rasa", "Rūta", "Siim", "Tõnu", "Ülle", "Žydrūnas",
	}
}

func lastNames() []string {
	return []string{
		"Bērziņš", "Ivanov", "Jõgi", "Kalniņa", "Kask", "Kazlauskas", "Kõiv", "Mägi", "Õunapuu", "Ozoliņš", "Paulauskienė", "Pärn", "Rebane",
		"Šarapova", "Sepp", "Tamm", "Väli", "Žukauskas",
	}
}

// awkwardNames break pages, terminals, spreadsheets and assumptions.
func awkwardNames() []string {
	return []string{
		"<script>alert(1)</script>", "=HYPERLINK(\"http://portal.example\";\"klikk\")", "", "\x1b[31mPunane\x1b[0m", "\u202eenirehtaC",
		"O'Tamm; DROP TABLE tickets", strings.Repeat("Väga-", 40) + "pikk", "🎉 👩‍👩‍👧", "אביגיל\u2066", "Mari\nMaasikas\t\r\n", "null",
		"@SUM(A1:A9)", "{{ nimi }}", "Zoe\u0308\u200b",
	}
}
