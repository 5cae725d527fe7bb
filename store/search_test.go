package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"gatescand/scanner/admission"
	"gatescand/store"
)

func searched(tb testing.TB, db *store.DB, q string, limit int) []string {
	tb.Helper()
	found := must(db.SearchTickets(tb.Context(), q, limit))(tb)
	ids := make([]string, 0, len(found.Tickets))
	for _, t := range found.Tickets {
		ids = append(ids, t.ID)
	}
	slices.Sort(ids)
	return ids
}

func someGuests() []admission.Ticket {
	guest := func(id, holder, order, product string) admission.Ticket {
		return admission.Ticket{TicketKey: key(id), Status: admission.StatusValid, Holder: holder, Order: order, Product: product}
	}
	return []admission.Ticket{
		guest("ABC-1", "Zoë Élan-Strauß", "Z9", "Été"),
		guest("ABD-2", `100% _x\ O'Brien`, "Z8-2026-of-the-great-summer-festival-0000000017", "Winter"),
		guest("abe-3", "Çağla  ÖZTÜRK", "Z8-2026-of-the-great-summer-festival-0000000018", "Winter"),
		guest("ABF-4", "Иван Петров", "", ""),
		guest("ABG-5", "<b>Bobby</b> \u202e🎉", "Y1", "VIP lounge"),
		guest("ABH-6", "Anna\nBjørn Łukasz", "Y2", ""),
		guest("ABI-7", "", "Y3", ""),
	}
}

func TestSearchFindsByNameIdentityOrderAndProduct(t *testing.T) {
	for _, indexed := range []bool{true, false} {
		t.Run(fmt.Sprintf("indexed=%v", indexed), func(t *testing.T) {
			s := newStation()
			db := open(t, s)
			sweep(t, db, s, someGuests())
			if indexed {
				ok(t, db.IndexTickets(t.Context()))
			}
			for _, row := range []struct{ name, q, want string }{
				{"a name without its accents", "zoe", "ABC-1"},
				{"a name with accents in capitals", "ÉLAN", "ABC-1"},
				{"accents made of two runes", "e\u0301lan", "ABC-1"},
				{"the beginning of a name", "stra", "ABC-1"},
				{"a sharp s as people type it", "strauss", "ABC-1"},
				{"words in any order", "strauß zo", "ABC-1"},
				{"words joined as in the name", "élan-strauß", "ABC-1"},
				{"words of which one does not fit", "zoe winter", ""},
				{"the middle of a name", "lan", ""},
				{"a letter that is no letter with an accent", "bjorn luk", "ABH-6"},
				{"a name across lines", "anna bjørn", "ABH-6"},
				{"Turkish capitals", "cagla ozturk", "abe-3"},
				{"another alphabet in small letters", "иван пет", "ABF-4"},
				{"part of a name after an apostrophe", "brien", "ABD-2"},
				{"digits in a name", "100", "ABD-2"},
				{"an identity in small letters", "abc", "ABC-1"},
				{"the beginning of identities in either case", "AB", "ABC-1 ABD-2 ABF-4 ABG-5 ABH-6 ABI-7 abe-3"},
				{"an identity in capitals where the platform has small ones", "abe-3", "abe-3"},
				{"the middle of an identity", "BC", ""},
				{"an order in small letters", "z9", "ABC-1"},
				{"an order to its end, where others begin alike", "z8-2026-of-the-great-summer-festival-0000000017", "ABD-2"},
				{"orders that begin alike", "Z8-2026", "ABD-2 abe-3"},
				{"an order that goes on differently after what is kept of it", "z8-2026-of-the-great-summer-festival-999", ""},
				{"a product", "ÉTÉ", "ABC-1"},
				{"the beginning of a product's words", "lou", "ABG-5"},
				{"a product of several", "winter", "ABD-2 abe-3"},
				{"markup around a name", "bobby", "ABG-5"},
				{"what means something to LIKE", "%", ""},
				{"what means something to SQL", "'; DROP TABLE tickets; --", ""},
				{"only spaces", " \t ", ""},
				{"only signs", "🎉 !", ""},
				{"no text at all", "\xff\xfe", ""},
				{"a line's end", "\n", ""},
			} {
				if got := strings.Join(searched(t, db, row.q, 10), " "); got != row.want {
					t.Errorf("%s: %q found %q, want %q", row.name, row.q, got, row.want)
				}
			}
			if got := searched(t, db, "AB", 2); len(got) != 2 {
				t.Errorf("limit 2 gave %d", len(got))
			}
			for _, found := range must(db.SearchTickets(t.Context(), "zoe", 5))(t).Tickets {
				if found.Account != "lespass" || found.Holder != "Zoë Élan-Strauß" || found.Order != "Z9" || found.Product != "Été" {
					t.Errorf("found %+v", found)
				}
			}
		})
	}
}

func TestAnIndexFindsWhatReadingEveryTicketFinds(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newStation()
		db := open(t, s)
		names := rapid.SampledFrom([]string{"Zoë Élan", "zoe", "Ian Zorn", "", "Élan", "von Zorn Ian", "I"})
		states := map[int]string{}
		for round := range rapid.IntRange(1, 4).Draw(rt, "rounds") {
			var page []admission.Ticket
			for range rapid.IntRange(0, 700).Draw(rt, "tickets") {
				n := rapid.IntRange(0, 900).Draw(rt, "ticket")
				k := ticket(n)
				k.Holder = names.Draw(rt, "name")
				states[n] = k.Holder
				page = append(page, k)
			}
			ok(t, db.ApplyChanges(t.Context(), "lespass", "event-a", page, s.now(), fmt.Sprint(round)))
			for n := range states {
				if rapid.IntRange(0, 40).Draw(rt, "goes") == 0 {
					k := ticket(n)
					k.Account = "lespass"
					ok(t, db.PutAnswer(t.Context(), k, false))
					delete(states, n)
				}
			}
			if rapid.Bool().Draw(rt, "indexed") {
				ok(t, db.IndexTickets(t.Context()))
			}
			var want []string
			for n, name := range states {
				folded := " " + strings.ToLower(name)
				if strings.Contains(folded, " zo") && strings.Contains(folded, " i") {
					want = append(want, ticketID(n))
				}
			}
			slices.Sort(want)
			if got := searched(t, db, "ZÖ i", 10_000); !slices.Equal(got, want) {
				rt.Fatalf("found %d, want %d: %v", len(got), len(want), got)
			}
		}
	})
}

func TestANameLeavesTheIndexWithItsTicket(t *testing.T) {
	s := newStation()
	db := open(t, s)
	sweep(t, db, s, someGuests())
	ok(t, db.IndexTickets(t.Context()))
	kept := func() string {
		t.Helper()
		var text []byte
		ok(t, raw(t, db.Path()).QueryRowContext(t.Context(), `SELECT coalesce(group_concat(names || orders, ''), '') FROM people`).Scan(&text))
		return string(text)
	}
	if !strings.Contains(kept(), " zoe elan strauss\n") {
		t.Fatalf("the index holds %q", kept())
	}
	guests := someGuests()
	guests[0].Holder = ""
	sweep(t, db, s, guests)
	if strings.Contains(kept(), "zoe") {
		t.Error("a name stays in the index after the platform took it back")
	}
	ok(t, db.IndexTickets(t.Context()))
	if strings.Contains(kept(), "zoe") || !strings.Contains(kept(), "bjorn") {
		t.Errorf("after indexing again: %q", kept())
	}
	gone := guests[5]
	gone.Account = "lespass"
	ok(t, db.PutAnswer(t.Context(), gone, false))
	if strings.Contains(kept(), "bjorn") {
		t.Error("a name stays in the index after its ticket was forgotten")
	}
}

func TestASweepThatSeesTheSameAgainLeavesTheIndexAlone(t *testing.T) {
	s := newStation()
	db := open(t, s)
	all := buyers(3000)
	apply(t, db, s, all)
	ok(t, db.IndexTickets(t.Context()))
	tool := raw(t, db.Path())
	execRaw(t, tool, `CREATE TRIGGER never BEFORE DELETE ON people BEGIN SELECT RAISE(ABORT, 'emptied'); END`)
	apply(t, db, s, all)
	execRaw(t, tool, `DROP TRIGGER never`)
	if done := must(db.Indexed(t.Context()))(t); !done {
		t.Error("it has to be written again")
	}
	all[77].Holder = "Newly Named"
	apply(t, db, s, all)
	left := 0
	ok(t, tool.QueryRowContext(t.Context(), `SELECT count(*) FROM stretches WHERE written = 0`).Scan(&left))
	if left != 1 {
		t.Errorf("one name changed, and %d stretches have to be written", left)
	}
	if got := searched(t, db, "newly", 5); len(got) != 1 {
		t.Errorf("the new name found %v before it was indexed", got)
	}
}

func TestASearchAmongVeryManyNewTicketsSaysThatItIsPartial(t *testing.T) {
	s := newStation()
	db := open(t, s)
	apply(t, db, s, buyers(20_000))
	found := must(db.SearchTickets(t.Context(), "nobody", 5))(t)
	if !found.Partial || len(found.Tickets) != 0 {
		t.Errorf("before the index is written: %+v", found)
	}
	if found := must(db.SearchTickets(t.Context(), ticketID(19_999), 5))(t); len(found.Tickets) != 1 {
		t.Error("an identity is not found before the index is written")
	}
	ok(t, db.IndexTickets(t.Context()))
	if found := must(db.SearchTickets(t.Context(), "nobody", 5))(t); found.Partial {
		t.Error("partial though all is indexed")
	}
}

func TestFoldedWordsAreTheSameHoweverANameIsWritten(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.String().Draw(t, "name")
		folded := store.FoldWords(name)
		if again := store.FoldWords(folded); again != folded {
			t.Errorf("%q folds to %q, and that to %q", name, folded, again)
		}
		name = rapid.StringOfN(rapid.RuneFrom(nil, unicode.Latin, unicode.Greek, unicode.Cyrillic), 0, 20, -1).Draw(t, "European name")
		if store.FoldWords(norm.NFC.String(name)) != store.FoldWords(norm.NFD.String(name)) {
			t.Errorf("%q folds differently when it is composed", name)
		}
		if strings.ContainsFunc(folded, unicode.IsControl) || len(folded) > 200 {
			t.Errorf("%q folds to %q", name, folded)
		}
		if order := store.FoldOrder(name); strings.ContainsAny(order, "\n\r") || len(order) > 40 {
			t.Errorf("the order %q folds to %q", name, order)
		}
	})
}

// An order is found by how it begins, also where a platform writes it with spaces.
func TestAnOrderWithSpacesIsFound(t *testing.T) {
	t.Parallel()
	s := newStation()
	db := open(t, s)
	one := ticket(0)
	one.Order = "2026 0012 77"
	sweep(t, db, s, []admission.Ticket{one, ticket(1)})
	find := func(when string) {
		t.Helper()
		for _, q := range []string{"2026", "2026 0012", "2026 0012 77", " 2026 00"} {
			if f := must(db.SearchTickets(t.Context(), q, 10))(t); len(f.Tickets) != 1 {
				t.Errorf("%s, %q finds %d tickets", when, q, len(f.Tickets))
			}
		}
		if f := must(db.SearchTickets(t.Context(), "2026 0013", 10))(t); len(f.Tickets) != 0 {
			t.Errorf("%s, another order finds %d tickets", when, len(f.Tickets))
		}
	}
	find("not indexed")
	ok(t, db.IndexTickets(t.Context()))
	find("indexed")
}
