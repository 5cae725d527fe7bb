package faketibillet

import (
	"cmp"
	"context"
	"encoding/json"
	"hash/fnv"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"gatescand/sync/platform/platformtest/fakeserver"
)

const (
	defaultPageSize = 40
	maxPageSize     = 200
	maxSearchRows   = 50
)

type rowBody struct {
	UUID                string          `json:"uuid"`
	FirstName           *string         `json:"first_name"`
	LastName            *string         `json:"last_name"`
	Email               *string         `json:"email"`
	Price               *string         `json:"price"`
	Product             *string         `json:"product"`
	ReservationUUID     string          `json:"reservation_uuid"`
	Status              string          `json:"status"`
	ReservationDatetime string          `json:"reservation_datetime"`
	QRCodeData          string          `json:"qrcode_data"`
	CustomForm          json.RawMessage `json:"custom_form"`
}

type orderingBody struct {
	OrderBy  string `json:"order_by"`
	OrderDir string `json:"order_dir"`
}

type listBody struct {
	Success    bool         `json:"success"`
	Count      int          `json:"count"`
	Total      int          `json:"total"`
	Page       int          `json:"page"`
	PageSize   int          `json:"page_size"`
	TotalPages int          `json:"total_pages"`
	Ordering   orderingBody `json:"ordering"`
	Results    []rowBody    `json:"results"`
}

type searchBody struct {
	Success bool      `json:"success"`
	Count   int       `json:"count"`
	Results []rowBody `json:"results"`
}

// listWish is a validated request for a page of tickets.
type listWish struct {
	event    string
	page     int
	pageSize int
	orderBy  string
	orderDir string
}

// viewList gives one page of an event's tickets in every state.
func (s *Server) viewList(ctx context.Context, q *query) fakeserver.Answer {
	data, refusal, ok := readForm(q)
	if !ok {
		return refusal
	}
	wish, faults := readListWish(q.language, data)
	if len(faults) > 0 {
		return sayJSON(http.StatusBadRequest, q.language, faults)
	}
	s.mu.Lock()
	var page []*ticket
	total := 0
	if e, ok := s.events[wish.event]; ok { // an unknown event simply has no tickets
		total = len(e.tickets)
		page = e.page(wish)
	}
	rows := s.rows(q, page)
	s.mu.Unlock()
	if !s.signRows(ctx, page, rows) {
		return sayServerError(q.language)
	}
	return sayJSON(http.StatusOK, q.language, listBody{
		Success: true, Count: len(rows), Total: total, Page: wish.page, PageSize: wish.pageSize,
		TotalPages: (total + wish.pageSize - 1) / wish.pageSize,
		Ordering:   orderingBody{OrderBy: wish.orderBy, OrderDir: wish.orderDir},
		Results:    rows,
	})
}

// readForm reads the body for a view that leaves its checking to the framework.
func readForm(q *query) (map[string]any, fakeserver.Answer, bool) {
	if len(q.Body) == 0 {
		return map[string]any{}, fakeserver.Answer{}, true
	}
	value, problem := readValue(q)
	if strings.HasPrefix(problem, "Unsupported media type") {
		return nil, sayDetail(http.StatusUnsupportedMediaType, q.language, problem), false
	}
	if problem != "" {
		return nil, sayDetail(http.StatusBadRequest, q.language, problem), false
	}
	data, ok := value.(map[string]any)
	if !ok {
		text := "Invalid data. Expected a dictionary, but got " + pythonType(value) + "."
		return nil, sayJSON(http.StatusBadRequest, q.language, map[string][]string{"non_field_errors": {text}}), false
	}
	return data, fakeserver.Answer{}, true
}

func readListWish(language string, data map[string]any) (listWish, map[string][]string) {
	faults := map[string][]string{}
	wish := listWish{page: 1, pageSize: defaultPageSize, orderBy: "reservation__datetime", orderDir: "desc"}
	switch value, present := data["event_uuid"]; {
	case !present:
		faults["event_uuid"] = []string{textRequired(language)}
	case value == nil:
		faults["event_uuid"] = []string{textNull(language)}
	default:
		text, _ := value.(string)
		uuid, err := pythonUUID(text)
		if err != nil {
			faults["event_uuid"] = []string{textInvalidUUID(language)}
		}
		wish.event = uuid
	}
	readInteger(language, data, "page", 0, &wish.page, faults)
	readInteger(language, data, "page_size", maxPageSize, &wish.pageSize, faults)
	orders := []string{"reservation__datetime", "last_name", "first_name", "uuid", "status", "reservation__uuid"}
	readChoice(language, data, "order_by", orders, &wish.orderBy, faults)
	readChoice(language, data, "order_dir", []string{"asc", "desc"}, &wish.orderDir, faults)
	return wish, faults
}

// readInteger reads an optional number of at least 1, and at most limit unless that is 0. Texts of numbers pass for numbers.
func readInteger(language string, data map[string]any, field string, limit int, into *int, faults map[string][]string) {
	value, present := data[field]
	if !present {
		return
	}
	if value == nil {
		faults[field] = []string{textNull(language)}
		return
	}
	var text string
	switch value := value.(type) {
	case json.Number:
		text = value.String()
	case string:
		text = strings.TrimSpace(value)
	}
	if whole, fraction, ok := strings.Cut(text, "."); ok && strings.Trim(fraction, "0") == "" {
		text = whole
	}
	n, err := strconv.Atoi(text)
	switch {
	case err != nil:
		faults[field] = []string{textInvalidInteger(language)}
	case n < 1:
		faults[field] = []string{textAtLeast(language, 1)}
	case limit > 0 && n > limit:
		faults[field] = []string{textAtMost(language, limit)}
	default:
		*into = n
	}
}

func readChoice(language string, data map[string]any, field string, choices []string, into *string, faults map[string][]string) {
	value, present := data[field]
	if !present {
		return
	}
	if value == nil {
		faults[field] = []string{textNull(language)}
		return
	}
	text, ok := value.(string)
	if !ok || !slices.Contains(choices, text) {
		if !ok {
			raw, _ := json.Marshal(value) // a decoded JSON value always encodes
			text = string(raw)
		}
		faults[field] = []string{textNoChoice(language, text)}
		return
	}
	*into = text
}

// page returns one page of an event's tickets in the order asked for. The caller holds the server's lock.
func (e *event) page(wish listWish) []*ticket {
	// Multiplying could overflow for absurd page numbers.
	if wish.page-1 > len(e.tickets)/wish.pageSize {
		return nil
	}
	from := min((wish.page-1)*wish.pageSize, len(e.tickets))
	to := min(from+wish.pageSize, len(e.tickets))
	if from == to {
		return nil
	}
	if wish.orderBy != "uuid" {
		return e.untidy(wish)[from:to]
	}
	if e.byUUID == nil {
		e.byUUID = slices.Clone(e.tickets)
		slices.SortFunc(e.byUUID, func(a, b *ticket) int { return strings.Compare(a.UUID, b.UUID) })
	}
	if wish.orderDir == "asc" {
		return slices.Clone(e.byUUID[from:to])
	}
	page := slices.Clone(e.byUUID[len(e.byUUID)-to : len(e.byUUID)-from])
	slices.Reverse(page)
	return page
}

// untidy sorts by a key that tickets can share. Those that share it come in an order of their own on every page, as from a database
// that was not told which to prefer: a ticket can be on two pages or on none.
func (e *event) untidy(wish listWish) []*ticket {
	type keyed struct {
		t   *ticket
		tie uint64
	}
	list := make([]keyed, len(e.tickets))
	for i, t := range e.tickets {
		sum := fnv.New64a()
		_, _ = sum.Write([]byte(strconv.Itoa(wish.page) + t.UUID)) // a hash never fails
		list[i] = keyed{t, sum.Sum64()}
	}
	compare := comparison(wish.orderBy)
	slices.SortFunc(list, func(a, b keyed) int {
		order := compare(a.t, b.t)
		if wish.orderDir == "desc" {
			order = -order
		}
		return cmp.Or(order, cmp.Compare(a.tie, b.tie))
	})
	tickets := make([]*ticket, len(list))
	for i, k := range list {
		tickets[i] = k.t
	}
	return tickets
}

func comparison(orderBy string) func(a, b *ticket) int {
	switch orderBy {
	case "last_name":
		return func(a, b *ticket) int { return compareNullable(a.LastName, b.LastName) }
	case "first_name":
		return func(a, b *ticket) int { return compareNullable(a.FirstName, b.FirstName) }
	case "status":
		return func(a, b *ticket) int { return cmp.Compare(a.Status, b.Status) }
	case "reservation__uuid":
		return func(a, b *ticket) int { return strings.Compare(a.reservation.uuid, b.reservation.uuid) }
	default:
		return func(a, b *ticket) int { return a.reservation.saved.Compare(b.reservation.saved) }
	}
}

// compareNullable puts what is null last, as the database does.
func compareNullable(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	default:
		return strings.Compare(a, b)
	}
}

// rows builds list rows, still without their codes. The caller holds the lock.
func (s *Server) rows(q *query, tickets []*ticket) []rowBody {
	rows := make([]rowBody, len(tickets))
	for i, t := range tickets {
		rows[i] = rowBody{
			UUID: t.UUID, FirstName: orNull(t.FirstName), LastName: orNull(t.LastName), Email: orNull(t.Email), Price: orNull(t.Price),
			Product: orNull(t.Product), ReservationUUID: t.reservation.uuid, Status: s.word(q, t.Status),
			ReservationDatetime: t.reservation.saved.UTC().Truncate(time.Microsecond).Format(datetimeLayout(t.reservation.saved)),
			QRCodeData:          t.rowCode, CustomForm: formOrNull(t.CustomForm),
		}
	}
	return rows
}

// datetimeLayout is ISO 8601 with microseconds, which are left out altogether when there are none.
func datetimeLayout(t time.Time) string {
	if t.Nanosecond()/1000 == 0 {
		return "2006-01-02T15:04:05Z07:00"
	}
	return "2006-01-02T15:04:05.000000Z07:00"
}

// signRows puts the codes into list rows at the configured price. It runs without the lock, so that a slow list delays nobody else.
func (s *Server) signRows(ctx context.Context, tickets []*ticket, rows []rowBody) bool {
	fakeserver.Rest(ctx, time.Duration(len(rows))*s.rowCost)
	for i, t := range tickets {
		switch {
		case s.rowSigning == SignHollow:
			rows[i].QRCodeData = hollowCode(t.UUID)
		case s.rowSigning == SignOnce && rows[i].QRCodeData != "":
		default:
			text, err := t.event.keys.sign(t.UUID)
			if err != nil {
				return false
			}
			rows[i].QRCodeData = text
			s.mu.Lock()
			t.rowCode = text
			s.mu.Unlock()
		}
	}
	return true
}

// viewSearch finds tickets of an event by what is printed or said at the door.
func (s *Server) viewSearch(ctx context.Context, q *query) fakeserver.Answer {
	data, problem := readObject(q)
	if problem != "" {
		return sayError(http.StatusInternalServerError, q.language, problem)
	}
	if !truthy(data["event_uuid"]) {
		return sayError(http.StatusBadRequest, q.language, "Event uuid is required")
	}
	if !truthy(data["search"]) {
		return sayError(http.StatusBadRequest, q.language, "Search string is required")
	}
	name, _ := data["event_uuid"].(string)
	uuid, err := pythonUUID(name)
	if err != nil {
		return sayError(http.StatusBadRequest, q.language, "Invalid event uuid")
	}
	text, ok := data["search"].(string)
	if !ok {
		return sayError(http.StatusInternalServerError, q.language, textNoAttribute(data["search"], "strip"))
	}
	s.mu.Lock()
	found := s.search(uuid, text)
	rows := s.rows(q, found)
	s.mu.Unlock()
	if !s.signRows(ctx, found, rows) {
		return sayServerError(q.language)
	}
	return sayJSON(http.StatusOK, q.language, searchBody{Success: true, Count: len(rows), Results: rows})
}

func (s *Server) search(event, text string) []*ticket {
	e, ok := s.events[event]
	if !ok {
		return nil
	}
	text = strings.ToLower(text)
	var found []*ticket
	for _, t := range e.tickets {
		if t.matches(text) {
			if found = append(found, t); len(found) == maxSearchRows {
				break
			}
		}
	}
	return found
}

// matches tells whether a lower-case text begins the ticket's or its reservation's UUID or stands anywhere in its words.
func (t *ticket) matches(text string) bool {
	if strings.HasPrefix(t.UUID, text) || strings.HasPrefix(t.reservation.uuid, text) {
		return true
	}
	for _, words := range []string{t.FirstName, t.LastName, t.Email, t.Price, t.Product} {
		if strings.Contains(strings.ToLower(words), text) {
			return true
		}
	}
	return false
}
