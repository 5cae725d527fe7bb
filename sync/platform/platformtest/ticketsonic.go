package platformtest

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"gatescand/sync/platform/platformtest/faketicketsonic"
)

// TicketsonicVectors are TicketSonic codes with throw-away keys and what each must give.
type TicketsonicVectors struct {
	Keys       []TicketsonicKey    `json:"keys"`
	VerifyWith string              `json:"verify_with"` // name of the key
	Vectors    []TicketsonicVector `json:"vectors"`
}

// TicketsonicKey is a promoter's key pair. Public is as the server gives it, PublicPEM the same with armour.
type TicketsonicKey struct {
	Name       string `json:"name"`
	Public     string `json:"user_public_key"`
	PublicPEM  string `json:"public_pem"`
	PrivatePEM string `json:"private_key_pem"`
}

// TicketsonicVector is one code text.
type TicketsonicVector struct {
	Name         string  `json:"name"`
	Payload      string  `json:"payload"`
	Length       int     `json:"length"`
	PlaintextHex *string `json:"plaintext_hex"` // what the block says, null where it does not open
	Expect       struct {
		Valid bool `json:"valid"`
		// Fields are what a lax reader finds, null where the block does not open or ends in the middle of a field.
		Fields *TicketsonicFields `json:"fields"`
		Reason string             `json:"reason"`
	} `json:"expect"`
}

// TicketsonicFields are the fields of a block. What is nil is not there.
type TicketsonicFields struct {
	Version    uint64            `json:"version"`
	Number     string            `json:"barcode"` // hexadecimal
	Price      uint64            `json:"price"`
	Product    *uint64           `json:"product_id"`
	Event      uint64            `json:"event_id"`
	Start      *uint64           `json:"start_time"`
	End        *uint64           `json:"end_time"`
	Sector     *uint64           `json:"segment1"`
	Block      *uint64           `json:"segment2"`
	Row        *uint64           `json:"segment3"`
	Seat       *uint64           `json:"segment4"`
	VIP        *string           `json:"extension.vip"`
	Unknown    map[string]string `json:"unknown"`
	ChecksumOK *bool             `json:"checksum_ok"` // null where there is none
}

// LoadTicketsonicVectors returns the kept vectors.
func LoadTicketsonicVectors(tb testing.TB) TicketsonicVectors {
	tb.Helper()
	var v TicketsonicVectors
	if err := json.Unmarshal(readFile(tb, "testdata/vectors/ticketsonic.json"), &v); err != nil {
		tb.Fatalf("ticketsonic vectors: %v", err)
	}
	return v
}

// VectorTicketsonic makes a fake with the two promoters of the vectors, "a@example.org" and "b@example.org", the first of whom has the
// vectors' event and has sold the tickets of the valid ones.
func VectorTicketsonic(tb testing.TB, o faketicketsonic.Options) (fake *faketicketsonic.Server, promoters [2]faketicketsonic.Promoter) {
	tb.Helper()
	v := LoadTicketsonicVectors(tb)
	if o.Source == nil {
		o.Source = rand.NewPCG(1, 1)
	}
	fake, err := faketicketsonic.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	must := func(err error) {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
	}
	for i, user := range []string{"a@example.org", "b@example.org"} {
		promoters[i], err = fake.AddPromoter(faketicketsonic.Promoter{UserID: user, KeyPEM: v.Keys[i].PrivatePEM})
		must(err)
	}
	user, known := promoters[0].UserID, map[string]bool{}
	for _, vector := range v.Vectors {
		f := vector.Expect.Fields
		if !vector.Expect.Valid || known[f.Number] {
			continue
		}
		known[f.Number] = true
		if len(known) == 1 {
			_, err := fake.AddEvent(user, faketicketsonic.Event{ID: f.Event, Name: "Exhibition", Start: o.Clock().Add(time.Hour)})
			must(err)
		}
		_, err := fake.Sell(user, f.content(), "Jo Do")
		must(err)
	}
	return fake, promoters
}

// content is what the fake would write for the fields.
func (f *TicketsonicFields) content() faketicketsonic.Content {
	c := faketicketsonic.Content{Number: f.Number, Price: f.Price, Event: f.Event}
	if f.Product != nil {
		c.Product = *f.Product
	}
	if f.Start != nil {
		c.Start = time.Unix(int64(*f.Start), 0).UTC() //nolint:gosec // of our own files
	}
	if f.End != nil {
		c.End = time.Unix(int64(*f.End), 0).UTC() //nolint:gosec // of our own files
	}
	for _, segment := range []*uint64{f.Sector, f.Block, f.Row, f.Seat} {
		if segment != nil {
			c.Segments = append(c.Segments, *segment)
		}
	}
	if f.VIP != nil {
		c.Extensions = []string{"vip=" + *f.VIP}
	}
	return c
}
