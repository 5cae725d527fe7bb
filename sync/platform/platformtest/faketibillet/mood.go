package faketibillet

import "time"

// Fault is a way to answer wrongly or not at all.
type Fault int

// The faults. Those marked (works) do what was asked before the answer is spoiled; for the others the request has no effect unless the
// mood's AfterWork says so.
const (
	// Healthy is no fault.
	Healthy Fault = iota
	// Offline closes the connection at once, without a byte.
	Offline
	// LostAnswer (works) does the work and then closes the connection without a byte.
	LostAnswer
	// CutBody (works) announces the whole body and closes the connection after half of it.
	CutBody
	// HalfJSON (works) sends half of the body as if it were all of it.
	HalfJSON
	// Throttled answers 429 with Retry-After.
	Throttled
	// Unavailable answers 503 with Retry-After and an HTML page.
	Unavailable
	// ServerError answers 500 with the application's HTML page.
	ServerError
	// BadGateway answers 502 with the reverse proxy's HTML page.
	BadGateway
	// NotFound answers 404 with the application's HTML page, as a server does that is too old to know the route.
	NotFound
	// ForeignJSON answers 200 with JSON that has nothing to do with the question, or with the mood's Body.
	ForeignJSON
	// DeepJSON answers 200 with a hundred thousand nested arrays.
	DeepJSON
	// HugeJSON answers 200 with valid JSON of the mood's Size, 64 MiB if zero.
	HugeJSON
	// EndlessBody answers 200 with the beginning of a JSON string that goes on until the client hangs up.
	EndlessBody
	// CaptivePage answers 200 with the HTML login page of somebody's Wi-Fi.
	CaptivePage
	// CaptiveRedirect answers 302 to a login page on another host.
	CaptiveRedirect
	// ForeignRedirect answers 302 to the same path on another host, as a tenant's secondary domain does.
	ForeignRedirect
)

// works tells whether the request has its effect although the answer is spoiled.
func (f Fault) works() bool {
	switch f {
	case Healthy, LostAnswer, CutBody, HalfJSON:
		return true
	default:
		return false
	}
}

// Mood is how the server treats a request. The zero Mood is a server in good health.
type Mood struct {
	// Fault spoils the answer.
	Fault Fault
	// AfterWork lets the request have its effect under a fault that otherwise prevents it, as when the proxy gives up on a busy server.
	AfterWork bool
	// Delay is waited before the request has its effect, Linger between the effect and the answer. A client that hangs up ends the
	// waiting but not the work: a server does not notice that nobody listens any more.
	Delay, Linger time.Duration
	// RetryAfter is the header of Throttled and Unavailable, sent as it stands; empty means "30".
	RetryAfter string
	// RedirectHost is where the redirects lead, host or host:port; empty means "portal.example".
	RedirectHost string
	// Body replaces the answer of ForeignJSON.
	Body string
	// Size is the length of HugeJSON in bytes.
	Size int64
	// ClockOffset is added to the Date header; NoDate leaves the header out.
	ClockOffset time.Duration
	NoDate      bool
	// Language overrides the language the client asked for, and Words single status words.
	Language string
	Words    map[Status]string
	// DoubleSuccess lets a ticket be scanned again with success, as happens to two devices at the same instant: the server has no lock.
	DoubleSuccess bool
}

func (m Mood) works() bool { return m.AfterWork || m.Fault.works() }

// weather holds the moods in force.
type weather struct {
	cut      bool
	standing map[Route]Mood
	queued   map[Route][]spell
}

// spell is a mood for the next few requests.
type spell struct {
	left int
	mood Mood
}

func newWeather() weather {
	return weather{standing: map[Route]Mood{}, queued: map[Route][]spell{}}
}

// take chooses the mood for one request and uses up a queued one: queued before standing, the route's own before [RouteAny]'s.
func (w *weather) take(route Route) Mood {
	for _, r := range []Route{route, RouteAny} {
		if queue := w.queued[r]; len(queue) > 0 {
			mood := queue[0].mood
			if queue[0].left--; queue[0].left == 0 {
				w.queued[r] = queue[1:]
			}
			return mood
		}
	}
	if mood, ok := w.standing[route]; ok {
		return mood
	}
	return w.standing[RouteAny]
}

// SetMood puts a route, or all with [RouteAny], into a mood until it is set again. A route's own mood goes before that of RouteAny.
func (s *Server) SetMood(route Route, mood Mood) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.weather.standing[route] = mood
}

// NextMood puts the next n requests to a route, or to any with [RouteAny], into a mood; moods queued earlier come first. They go before
// any standing mood. Beware that Go's HTTP client repeats a GET by itself when a kept-alive connection is closed on it.
func (s *Server) NextMood(route Route, n int, mood Mood) {
	if n <= 0 {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.weather.queued[route] = append(s.weather.queued[route], spell{left: n, mood: mood})
}

// ClearMoods restores good health everywhere. It does not restore a cut network.
func (s *Server) ClearMoods() {
	s.mu.Lock()
	defer s.mu.Unlock()
	cut := s.weather.cut
	s.weather = newWeather()
	s.weather.cut = cut
}

// CutNetwork makes every connection be closed at once, before the server gets to see the request: it is not counted and uses up no
// mood. Requests already being worked on lose their answers.
func (s *Server) CutNetwork() { s.setCut(true) }

// RestoreNetwork ends [Server.CutNetwork].
func (s *Server) RestoreNetwork() { s.setCut(false) }

// NetworkCut tells whether the network is cut.
func (s *Server) NetworkCut() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.weather.cut
}

func (s *Server) setCut(cut bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.weather.cut = cut
	s.bump()
}
