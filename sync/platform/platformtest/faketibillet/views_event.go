package faketibillet

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"gatescand/sync/platform/platformtest/fakeserver"
)

type eventBody struct {
	Context        string        `json:"@context"`
	Type           string        `json:"@type"`
	UUID           string        `json:"uuid"`
	Name           string        `json:"name"`
	Slug           string        `json:"slug"`
	StartDate      string        `json:"startDate"`
	EndDate        *string       `json:"endDate"`
	Disambiguating *string       `json:"disambiguatingDescription"`
	Description    *string       `json:"description"`
	URL            string        `json:"url"`
	EventStatus    string        `json:"eventStatus"`
	PublicKeyPEM   string        `json:"publicKeyPem"`
	Image          []string      `json:"image"`
	Location       placeBody     `json:"location"`
	Organizer      organizerBody `json:"organizer"`
	Childrens      []childBody   `json:"childrens"`
}

type placeBody struct {
	Type string `json:"@type"`
	Name string `json:"name"`
}

type organizerBody struct {
	Type string `json:"@type"`
	Name string `json:"name"`
	URL  string `json:"url"`
}

type childBody struct {
	UUID      string  `json:"uuid"`
	Name      string  `json:"name"`
	Slug      string  `json:"slug"`
	StartDate string  `json:"startDate"`
	EndDate   *string `json:"endDate"`
	URL       string  `json:"url"`
}

// viewEvents lists the published events that are not part of another, ascending by start, without asking for a key.
func (s *Server) viewEvents(q *query) fakeserver.Answer {
	parameters := q.Request.URL.Query()
	onlyFuture := parameters.Has("only_futur")
	if onlyFuture && s.Now().In(s.zone).Day() == 1 {
		return sayServerError(q.language) // the real parameter crashed on the first of every month
	}
	filter := strings.ToLower(parameters.Get("filter"))
	s.mu.Lock()
	var listed []*event
	for _, e := range s.eventOrder {
		switch {
		case e.Hidden, e.Parent != "":
		case onlyFuture && (e.End.IsZero() || e.End.Before(s.clock())): // and lost events without an end
		case filter != "" && !strings.Contains(strings.ToLower(e.Name+" "+e.Description), filter):
		default:
			listed = append(listed, e)
		}
	}
	slices.SortStableFunc(listed, func(a, b *event) int { return a.Start.Compare(b.Start) })
	bodies := make([]eventBody, len(listed))
	for i, e := range listed {
		bodies[i] = s.describeEvent(e)
	}
	s.mu.Unlock()
	for i, e := range listed {
		if !addKey(e, &bodies[i]) {
			return sayServerError(q.language)
		}
	}
	return deprecated(sayJSON(http.StatusOK, q.language, bodies)).Revalidated()
}

// viewEvent answers for one event: by UUID whatever it is, by slug only if it is published.
func (s *Server) viewEvent(q *query) fakeserver.Answer {
	s.mu.Lock()
	e := s.findEvent(q.to)
	if e == nil {
		s.mu.Unlock()
		return deprecated(sayDetail(http.StatusNotFound, q.language, textNotFound(q.language)))
	}
	body := s.describeEvent(e)
	s.mu.Unlock()
	if !addKey(e, &body) {
		return sayServerError(q.language)
	}
	return deprecated(sayJSON(http.StatusOK, q.language, body)).Revalidated()
}

func (s *Server) findEvent(to destination) *event {
	if !to.slug {
		uuid, err := pythonUUID(to.arg)
		if err != nil {
			return nil
		}
		return s.events[uuid]
	}
	for _, e := range s.eventOrder {
		if e.Slug == to.arg && !e.Hidden {
			return e
		}
	}
	return nil
}

// addKey puts the public key into a description. It runs without the lock because it may have to make the key first.
func addKey(e *event, body *eventBody) bool {
	_, public, err := e.keys.load()
	body.PublicKeyPEM = public
	return err == nil
}

// describeEvent describes an event without its key. The caller holds the lock.
func (s *Server) describeEvent(e *event) eventBody {
	body := eventBody{
		Context: "https://schema.org", Type: "Event", UUID: e.UUID, Name: e.Name, Slug: e.Slug,
		StartDate: isoTime(e.Start.In(s.zone)), EndDate: isoTimeOrNull(e.End, s.zone),
		Description: orNull(e.Description), URL: s.eventURL(e), EventStatus: "https://schema.org/EventScheduled",
		Image:     []string{},
		Location:  placeBody{Type: "Place", Name: s.organisation},
		Organizer: organizerBody{Type: "Organization", Name: s.organisation, URL: s.BaseURL()},
		Childrens: []childBody{},
	}
	if e.Hidden {
		body.EventStatus = "https://schema.org/EventCancelled" // it means not published
	}
	for _, child := range e.children {
		body.Childrens = append(body.Childrens, childBody{
			UUID: child.UUID, Name: child.Name, Slug: child.Slug, URL: s.eventURL(child),
			StartDate: isoTimeUTC(child.Start), EndDate: isoTimeUTCOrNull(child.End),
		})
	}
	return body
}

func (s *Server) eventURL(e *event) string { return s.BaseURL() + "/event/" + e.Slug + "/" }

func isoTime(t time.Time) string { return t.Format(datetimeLayout(t)) }

func isoTimeOrNull(t time.Time, zone *time.Location) *string {
	if t.IsZero() {
		return nil
	}
	text := isoTime(t.In(zone))
	return &text
}

// isoTimeUTC is how the dates of children come: in UTC, and with an offset of zero instead of the letter Z.
func isoTimeUTC(t time.Time) string {
	return strings.TrimSuffix(isoTime(t.UTC()), "Z") + "+00:00"
}

func isoTimeUTCOrNull(t time.Time) *string {
	if t.IsZero() {
		return nil
	}
	text := isoTimeUTC(t)
	return &text
}

// deprecated adds the headers that announce the end of this interface.
func deprecated(a fakeserver.Answer) fakeserver.Answer {
	return a.With("Deprecation", "true").
		With("Link", `</api/v2/>; rel="successor-version"`).
		With("Warning", `299 - "This API version is deprecated, use /api/v2/"`)
}
