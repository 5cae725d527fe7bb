package faketibillet

import (
	"bytes"
	"context"
	"encoding/json"
	"mime"
	"net/http"
	"strings"

	"gatescand/sync/platform/platformtest/fakeserver"
)

type ticketBody struct {
	UUID       string          `json:"uuid"`
	Status     string          `json:"status"`
	IsScanned  *bool           `json:"is_scanned,omitempty"` // only when checking
	Event      string          `json:"event"`
	FirstName  *string         `json:"first_name"`
	LastName   *string         `json:"last_name"`
	Price      *string         `json:"price"`
	Product    *string         `json:"product"`
	ScannedBy  *string         `json:"scanned_by"`
	CustomForm json.RawMessage `json:"custom_form"`
}

type reservationBody struct {
	UUID         string `json:"uuid"`
	TicketsCount int    `json:"tickets_count"`
}

type scanBody struct {
	Success     bool            `json:"success"`
	Message     string          `json:"message"`
	Ticket      ticketBody      `json:"ticket"`
	Reservation reservationBody `json:"reservation"`
}

// describe builds the body of a check or use. The caller holds the lock.
func (s *Server) describe(q *query, t *ticket, success bool, message string) scanBody {
	return scanBody{
		Success: success, Message: message,
		Ticket: ticketBody{
			UUID: t.UUID, Status: s.word(q, t.Status), Event: t.event.Name,
			FirstName: orNull(t.FirstName), LastName: orNull(t.LastName), Price: orNull(t.Price), Product: orNull(t.Product),
			ScannedBy: orNull(t.ScannedBy), CustomForm: formOrNull(t.CustomForm),
		},
		Reservation: reservationBody{UUID: t.reservation.uuid, TicketsCount: len(t.reservation.tickets)},
	}
}

func orNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

func formOrNull(form json.RawMessage) json.RawMessage {
	if form == nil {
		return json.RawMessage("null")
	}
	return form
}

// viewCheckTicket looks and changes nothing. It takes a ticket of any event.
func (s *Server) viewCheckTicket(q *query) fakeserver.Answer {
	data, problem := readObject(q)
	if problem != "" {
		return sayError(http.StatusInternalServerError, q.language, problem)
	}
	if !truthy(data["qrcode_data"]) {
		return sayError(http.StatusNotAcceptable, q.language, "QR code data is required")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	code, refusal, ok := s.findTicket(q, data["qrcode_data"])
	if !ok {
		return refusal
	}
	if refusal, ok := s.checkSignature(q, code); !ok {
		return refusal
	}
	body := s.describe(q, code.ticket, true, "Ticket information retrieved")
	scanned := code.ticket.Status == Scanned
	body.Ticket.IsScanned = &scanned
	return sayJSON(http.StatusOK, q.language, body)
}

// viewUse marks a ticket as scanned. Only a scanned one is refused: a canceled or unpaid ticket becomes a scanned one. There is no
// lock between looking and writing: of several uses of a valid ticket that race each other all get success, and the last to write is the
// one in scanned_by. See RaceUses.
func (s *Server) viewUse(ctx context.Context, q *query) fakeserver.Answer {
	use := fakeserver.Use{At: s.clock()}
	a := s.use(ctx, q, &use)
	use.Status = a.Status
	s.RecordUse(q.Query, use)
	return a
}

func (s *Server) use(ctx context.Context, q *query, use *fakeserver.Use) fakeserver.Answer {
	data, problem := readObject(q)
	if problem != "" {
		return sayError(http.StatusInternalServerError, q.language, problem)
	}
	if !truthy(data["event_uuid"]) {
		return sayError(http.StatusBadRequest, q.language, "Event uuid is required")
	}
	if !truthy(data["qrcode_data"]) {
		return sayError(http.StatusBadRequest, q.language, "QR code data is required")
	}
	use.Event, _ = data["event_uuid"].(string)
	s.mu.Lock()
	defer s.mu.Unlock()
	code, refusal, ok := s.findTicket(q, data["qrcode_data"])
	if !ok {
		return refusal
	}
	t := code.ticket
	use.Ticket = t.UUID
	if asked, err := pythonUUID(use.Event); err != nil || asked != t.event.UUID {
		return sayError(http.StatusNotAcceptable, q.language, "Event error")
	}
	if refusal, ok := s.checkSignature(q, code); !ok {
		return refusal
	}
	seen := t.Status
	s.Meet(ctx, &s.mu)
	if seen == Scanned && !q.Mood.DoubleSuccess {
		return sayJSON(http.StatusOK, q.language, s.describe(q, t, false, "Ticket already scanned"))
	}
	t.Status = Scanned
	t.ScannedBy = q.device.UUID
	use.Success = true
	return sayJSON(http.StatusOK, q.language, s.describe(q, t, true, "Ticket successfully scanned"))
}

// code is a ticket code as far as it has been understood.
type code struct {
	text      string
	head      string
	signature string
	ticket    *ticket
}

// findTicket goes from a code to its ticket, without looking at the signature. The caller holds the lock.
func (s *Server) findTicket(q *query, value any) (code, fakeserver.Answer, bool) {
	refuse := func(status int, text string) (code, fakeserver.Answer, bool) {
		return code{}, sayError(status, q.language, text), false
	}
	text, ok := value.(string)
	if !ok {
		return refuse(http.StatusInternalServerError, textNoAttribute(value, "split"))
	}
	head, signature, ok := strings.Cut(text, ":")
	if !ok || strings.Contains(signature, ":") {
		return refuse(http.StatusBadRequest, "Invalid QR code format")
	}
	identity, problem := readHead(head)
	if problem != "" {
		return refuse(http.StatusBadRequest, "Error decoding QR code data: "+problem)
	}
	if !truthy(identity) {
		return refuse(http.StatusBadRequest, "Ticket UUID not found in QR code data")
	}
	name, ok := identity.(string)
	if !ok {
		return refuse(http.StatusInternalServerError, textNoAttribute(identity, "replace"))
	}
	uuid, err := pythonUUID(name)
	if err != nil {
		return refuse(http.StatusInternalServerError, textInvalidUUIDList(q.language, name))
	}
	t, ok := s.tickets[uuid]
	if !ok {
		return refuse(http.StatusNotFound, "Ticket not found")
	}
	return code{text: text, head: head, signature: signature, ticket: t}, fakeserver.Answer{}, true
}

// readHead decodes the first part of a code and returns its "uuid" member, or the reason why there is none to be had.
func readHead(head string) (identity any, problem string) {
	raw, err := pythonBase64(head)
	if err != nil {
		return nil, err.Error()
	}
	if text := textNotUTF8(raw); text != "" {
		return nil, text
	}
	value, err := decodeJSON(raw)
	if err != nil {
		return nil, "Expecting value: line 1 column 1 (char 0)"
	}
	object, ok := value.(map[string]any)
	if !ok {
		return nil, textNoAttribute(value, "get")
	}
	return object["uuid"], ""
}

// checkSignature holds a code against its event's key. The caller holds the lock.
func (s *Server) checkSignature(q *query, c code) (fakeserver.Answer, bool) {
	if _, ok := s.recorded.codes[c.ticket.UUID][c.text]; ok {
		return fakeserver.Answer{}, true
	}
	signature, err := pythonBase64(c.signature)
	if err != nil {
		return sayError(http.StatusInternalServerError, q.language, err.Error()), false
	}
	good, err := c.ticket.event.keys.verify(c.head, signature)
	if err != nil {
		return sayServerError(q.language), false
	}
	if !good {
		return sayError(http.StatusBadRequest, q.language, "Invalid ticket signature"), false
	}
	return fakeserver.Answer{}, true
}

// readObject reads a request's JSON object, or tells in the server's words why it cannot. A request without body is an empty object.
func readObject(q *query) (data map[string]any, problem string) {
	if len(q.Body) == 0 {
		return map[string]any{}, ""
	}
	value, problem := readValue(q)
	if problem != "" {
		return nil, problem
	}
	data, ok := value.(map[string]any)
	if !ok {
		return nil, textNoAttribute(value, "get")
	}
	return data, ""
}

func readValue(q *query) (value any, problem string) {
	contentType := q.Request.Header.Get("Content-Type")
	if mediaType, _, err := mime.ParseMediaType(contentType); err != nil || mediaType != "application/json" {
		return nil, "Unsupported media type \"" + contentType + "\" in request."
	}
	if text := textNotUTF8(q.Body); text != "" {
		return nil, "JSON parse error - " + text
	}
	value, err := decodeJSON(q.Body)
	if err != nil {
		return nil, "JSON parse error - Expecting value: line 1 column 1 (char 0)"
	}
	return value, ""
}

// decodeJSON decodes one JSON value with nothing after it, numbers as they stand.
func decodeJSON(raw []byte) (any, error) {
	if !json.Valid(raw) {
		return nil, pythonError("not JSON")
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	return value, nil
}
