package admin

import (
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"gatescand/device/admin/words"
)

// cardRoutes is what is printed for the door: control cards and the page's own
// address.
func (s *Server) cardRoutes(on registrar) {
	on.page("GET /cards", RoleAdmin, s.cardsPage)
	on.page("GET /cards/{lane}/{file}", RoleAdmin, s.cardQR)
	on.page("GET /qr/page.svg", RoleStaff, s.pageQR)
	on.api("GET /api/v1/cards", RoleAdmin, s.getCards)
	on.api("POST /api/v1/cards/renew", RoleAdmin, s.postRenewCards)
}

// cardsAnswer lists the control cards.
type cardsAnswer struct {
	Cards []cardAnswer `json:"cards"`
}

// cardAnswer is one control card.
type cardAnswer struct {
	Lane   string `json:"lane"`
	Action string `json:"action"` // close, open or check
	Code   string `json:"code"`   // what its QR code says: whoever knows it can use the card
}

// cardsSheet is the sheet to print.
type cardsSheet struct {
	Lanes     []cardLane
	Addresses []pageAddress
	Wired     bool // there are control cards at all
}

// pageAddress is one address of the page with where its code is drawn.
type pageAddress struct{ URL, Drawing string }

// cardLane is the cards of one lane.
type cardLane struct {
	Name  string
	Cards []laneCard
}

// laneCard is one card as it is printed.
type laneCard struct{ Title, Text, Drawing string }

// addressesShown is for how many of the page's addresses a code is printed. A
// box has one or two that matter.
const addressesShown = 3

func (s *Server) cardsPage(w http.ResponseWriter, r *http.Request) {
	sp := s.language(r)
	out := cardsSheet{Wired: s.opt.Cards != nil}
	for i, u := range s.pageURLs() {
		if i < addressesShown {
			out.Addresses = append(out.Addresses, pageAddress{URL: u, Drawing: "/qr/page.svg?n=" + strconv.Itoa(i)})
		}
	}
	if out.Wired {
		list, err := s.opt.Cards.Cards(r.Context())
		if err != nil {
			s.fail(w, r, err)
			return
		}
		out.Lanes = sortedCards(sp, list)
	}
	s.show(w, r, http.StatusOK, sheet{name: "cards", title: sp.T("cards_title"), script: "cards", body: out})
}

// sortedCards puts the cards of each lane together, in the order in which they
// come.
func sortedCards(sp words.Speaker, list []Card) []cardLane {
	var lanes []cardLane
	for _, c := range list {
		i := slices.IndexFunc(lanes, func(l cardLane) bool { return l.Name == c.Lane })
		if i < 0 {
			i = len(lanes)
			lanes = append(lanes, cardLane{Name: c.Lane})
		}
		lanes[i].Cards = append(lanes[i].Cards, laneCard{
			Title: sp.T("cards_" + c.Action), Text: sp.T("cards_" + c.Action + "_text"), Drawing: cardPath(c),
		})
	}
	return lanes
}

// cardPath is where a card's code is drawn. It says which card and not its code.
func cardPath(c Card) string { return "/cards/" + url.PathEscape(c.Lane) + "/" + c.Action + ".svg" }

// cardQR draws the code of one card.
func (s *Server) cardQR(w http.ResponseWriter, r *http.Request) {
	action, drawn := strings.CutSuffix(r.PathValue("file"), ".svg")
	if s.opt.Cards == nil || !drawn {
		s.notFoundPage(w, r)
		return
	}
	list, err := s.opt.Cards.Cards(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	i := slices.IndexFunc(list, func(c Card) bool { return c.Lane == r.PathValue("lane") && c.Action == action })
	if i < 0 {
		s.notFoundPage(w, r)
		return
	}
	s.sayQR(w, r, list[i].Code)
}

func (s *Server) getCards(w http.ResponseWriter, r *http.Request) {
	if s.opt.Cards == nil {
		s.fail(w, r, unwired("control cards"))
		return
	}
	list, err := s.opt.Cards.Cards(r.Context())
	if err != nil {
		s.fail(w, r, err)
		return
	}
	answer := cardsAnswer{Cards: []cardAnswer{}}
	for _, c := range list {
		answer.Cards = append(answer.Cards, cardAnswer(c))
	}
	s.answer(w, r, http.StatusOK, answer)
}

// renewedCards confirms that all earlier control cards are worthless.
type renewedCards struct {
	Renewed bool `json:"renewed"`
}

func (s *Server) postRenewCards(w http.ResponseWriter, r *http.Request) {
	if s.opt.Cards == nil {
		s.fail(w, r, unwired("control cards"))
		return
	}
	var none struct{}
	if err := body(w, r, &none); err != nil {
		s.fail(w, r, err)
		return
	}
	if err := s.opt.Cards.RenewCards(r.Context()); err != nil {
		s.fail(w, r, err)
		return
	}
	s.log.Info("control cards renewed, earlier ones are worthless", slog.String("by", principalOf(r.Context()).by))
	s.answer(w, r, http.StatusOK, renewedCards{Renewed: true})
}
