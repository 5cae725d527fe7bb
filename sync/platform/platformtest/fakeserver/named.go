package fakeserver

import (
	"errors"
	"fmt"
	"time"
)

// NamedMood is a mood that a page can offer.
type NamedMood struct {
	// ID is stable: lower case and underscores.
	ID string
	// Line says in English what the server does in this mood.
	Line string
	// Route is the route the mood is for, [RouteAny] for the whole server.
	Route string
	Mood  Mood
}

// ErrNoMood says that there is no mood with this id.
var ErrNoMood = errors.New("the server has no such mood")

// slowAnswer is longer than anybody waits at a door.
const slowAnswer = 3 * time.Second

// Moods returns the moods a page can offer, "healthy" first. Their ids are the same for all servers.
func (f *Front) Moods() []NamedMood {
	const hours = 26 * time.Hour // a whole day and a little, so that no time zone explains it
	all := func(id, line string, mood Mood) NamedMood {
		return NamedMood{ID: id, Line: line, Route: RouteAny, Mood: mood}
	}
	use := func(id, line string, mood Mood) NamedMood {
		return NamedMood{ID: id, Line: line, Route: f.useRoute, Mood: mood}
	}
	return []NamedMood{
		all("healthy", "Answers at once and truthfully.", Mood{}),
		all("slow", "Takes three seconds for every answer.", Mood{Delay: slowAnswer}),
		use("lost_answer", "Records uses, but the answer never arrives.", Mood{Fault: LostAnswer}),
		use("cut_answer", "Records uses, but the connection breaks in the middle of the answer.", Mood{Fault: CutBody}),
		use("double_answer", "Takes a used ticket again with success.", Mood{DoubleSuccess: true}),
		use("sent_twice", "Stands behind a proxy that sends every use twice; the second answer arrives.", Mood{Repeat: true}),
		all("throttled", "Has been asked too often: 429, to be tried again in 30 seconds.", Mood{Fault: Throttled}),
		all("unavailable", "Is being worked on: 503, to be tried again in 30 seconds.", Mood{Fault: Unavailable}),
		all("server_error", "Fails in its own manner with status 500.", Mood{Fault: ServerError}),
		all("error_page", "Answers everything with an HTML page and status 500.", Mood{Fault: ErrorPage}),
		all("bad_gateway", "Is down behind its proxy: 502.", Mood{Fault: BadGateway}),
		all("not_found", "Is too old or too new to know any route: 404.", Mood{Fault: NotFound}),
		all("broken_json", "Sends half of every answer as if it were all.", Mood{Fault: HalfJSON}),
		all("foreign_json", "Answers in JSON about something else.", Mood{Fault: ForeignJSON}),
		all("deep_json", "Answers with a hundred thousand nested arrays.", Mood{Fault: DeepJSON}),
		all("huge_json", "Answers with 64 MiB of JSON.", Mood{Fault: HugeJSON}),
		all("endless", "Answers without ever coming to an end.", Mood{Fault: EndlessBody}),
		all("drip", "Sends every answer one byte a second.", Mood{Fault: SlowDrip}),
		all("header_flood", "Sends 16 MiB of headers.", Mood{Fault: HeaderFlood}),
		all("captive", "Is hidden behind the login page of somebody's Wi-Fi.", Mood{Fault: CaptivePage}),
		all("captive_redirect", "Is hidden behind a redirect to somebody's login page.", Mood{Fault: CaptiveRedirect}),
		all("redirect", "Sends everybody to another host.", Mood{Fault: ForeignRedirect}),
		all("wrong_clock", "Answers well, but its clock is 26 hours slow.", Mood{ClockOffset: -hours}),
		all("no_clock", "Answers well, but does not say what time it is.", Mood{NoDate: true}),
		all("offline", "Closes every connection without a word.", Mood{Fault: Offline}),
	}
}

// Choose clears all moods and puts the server into one of [Front.Moods]. It returns ErrNoMood for an id that is not among them.
func (f *Front) Choose(id string) error {
	for _, m := range f.Moods() {
		if m.ID == id {
			f.mu.Lock()
			defer f.mu.Unlock()
			f.weather.clear()
			f.weather.standing[m.Route] = m.Mood
			return nil
		}
	}
	return fmt.Errorf("%q: %w", id, ErrNoMood)
}
