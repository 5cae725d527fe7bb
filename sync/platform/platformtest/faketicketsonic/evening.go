package faketicketsonic

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"
)

// Sizes of an [Evening].
const (
	tonightTickets = 240
	laterTickets   = 30
	rivalTickets   = 20
)

// Evening is a server with one evening's life in it.
type Evening struct {
	*Server
	// Promoter is who runs tonight's door, Rival another promoter of the same platform, whose tickets people bring by mistake.
	Promoter, Rival Promoter
	// Tonight is the event whose doors are open, Later one six days on, Theirs the rival's of tonight.
	Tonight, Later, Theirs uint64
	// Forged are codes made with the promoter's key that were never sold.
	Forged []string
}

// NewEvening makes a server with two promoters and three events, whose names and products are as they occur, some of them awkward on
// purpose. Some of tonight's tickets are canceled, some are for an hour of the evening only, some have a seat. The same seed and clock
// give the same evening. A nil Source in the options is made from the seed. keys are private key PEMs of the two promoters; without them
// keys of 512 bits are made.
func NewEvening(seed uint64, o Options, keys ...string) (*Evening, error) {
	if o.Source == nil {
		o.Source = rand.NewPCG(seed, 0x736f_6e69)
	}
	server, err := New(o)
	if err != nil {
		return nil, err
	}
	w := eveningWriter{
		Evening: &Evening{Server: server},
		random:  rand.New(rand.NewPCG(seed, 0x6576_6e67)), //nolint:gosec // names of people who do not exist
		now:     o.Clock().Truncate(time.Minute),
	}
	if err := w.write(append(keys, "", "")); err != nil {
		return nil, fmt.Errorf("make an evening: %w", err)
	}
	return w.Evening, nil
}

// eveningWriter fills an evening.
type eveningWriter struct {
	*Evening
	random *rand.Rand
	now    time.Time
}

func (w *eveningWriter) write(keys []string) error {
	var err error
	if w.Promoter, err = w.AddPromoter(Promoter{UserID: "box@museum.example", KeyPEM: keys[0]}); err != nil {
		return err
	}
	if w.Rival, err = w.AddPromoter(Promoter{UserID: "rival@club.example", KeyPEM: keys[1]}); err != nil {
		return err
	}
	tonight, err := w.event(w.Promoter, Event{
		Name: "Dinosaurs after dark & <i>friends</i>", Other: "Динозаври след мрака", Location: "Hall 2",
		Start: w.now.Add(-30 * time.Minute), End: w.now.Add(5 * time.Hour),
	}, "Regular Pass", "Reduced =SUM(1;2)", "VIP “Ложа”", "Friends \u202eof the museum")
	if err != nil {
		return err
	}
	later, err := w.event(w.Promoter, Event{Name: "Night of the Owls", Start: w.now.Add(6 * 24 * time.Hour).Truncate(time.Hour)}, "Regular Pass")
	if err != nil {
		return err
	}
	theirs, err := w.event(w.Rival, Event{Name: "Club night", Start: w.now.Add(-time.Hour)}, "Entry")
	if err != nil {
		return err
	}
	w.Tonight, w.Later, w.Theirs = tonight.ID, later.ID, theirs.ID
	for i := range tonightTickets {
		if err := w.sellTonight(i, tonight); err != nil {
			return err
		}
	}
	for i := range laterTickets {
		if _, err := w.Sell(w.Promoter.UserID, Content{Product: later.products[0].ID}, w.holder(i)); err != nil {
			return err
		}
	}
	for i := range rivalTickets {
		if _, err := w.Sell(w.Rival.UserID, Content{Product: theirs.products[0].ID}, w.holder(i)); err != nil {
			return err
		}
	}
	for range 5 {
		code, err := w.Forge(w.Promoter.UserID, Content{Event: w.Tonight, Product: tonight.products[2].ID})
		if err != nil {
			return err
		}
		w.Forged = append(w.Forged, code)
	}
	return nil
}

// event adds an event with its products and returns it as the server holds it.
func (w *eveningWriter) event(p Promoter, e Event, products ...string) (*event, error) {
	id, err := w.AddEvent(p.UserID, e)
	if err != nil {
		return nil, err
	}
	for i, name := range products {
		if _, err := w.AddProduct(Product{Event: id, Name: name, Price: uint64(1250 + 750*i), Currency: "BGN", Stock: 150}); err != nil { //nolint:gosec // a few
			return nil, err
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.events[id], nil
}

// sellTonight sells one of tonight's tickets: most are plain, some have a seat, some are for an hour that is now, past or to come, and
// some have been canceled since.
func (w *eveningWriter) sellTonight(i int, tonight *event) error {
	c := Content{Product: tonight.products[w.random.IntN(len(tonight.products))].ID}
	switch i % 10 {
	case 0:
		from := w.now.Add(time.Duration(w.random.IntN(5)-2) * time.Hour)
		c.Start, c.End = from, from.Add(time.Hour)
	case 1, 2:
		c.Segments = []uint64{1, uint64(1 + w.random.IntN(4)), uint64(1 + w.random.IntN(30)), uint64(1 + i)} //nolint:gosec // small
	}
	sold, err := w.Sell(w.Promoter.UserID, c, w.holder(i))
	if err != nil || i%16 != 15 {
		return err
	}
	return w.Cancel(w.Promoter.UserID, sold.Number)
}

// holder makes a name that a ticket is printed for.
func (w *eveningWriter) holder(i int) string {
	first := [...]string{"Мартин", "Élodie", "Jan", "Zoë", "O'Brien", "José", "Ng", "<b>Ivo</b>", "=1+1", ""}
	last := [...]string{"Василев", "Dupont", "Novák", "Müller-Lüdenscheidt", "de la Cruz", "\u202eסמית"}
	return first[w.random.IntN(len(first))] + " " + last[w.random.IntN(len(last))] + " " + strconv.Itoa(i+1)
}
