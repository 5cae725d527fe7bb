package fakeserver

import "time"

// Mood is how a server treats a request. The zero Mood is a server in good health.
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
	// Size is the length of HugeJSON or HeaderFlood in bytes.
	Size int64
	// Drip is the time between two bytes of SlowDrip; zero means a second.
	Drip time.Duration
	// ClockOffset is added to the Date header; NoDate leaves the header out.
	ClockOffset time.Duration
	NoDate      bool
	// Language overrides the language the client asked for. For fakes that speak more than one.
	Language string
	// Words replaces single state words, by the platform's own name of the state. For fakes that tell states in words.
	Words map[string]string
	// DoubleSuccess lets a ticket be used again with success, as happens to two devices at the same instant where the server has no
	// lock. For fakes whose server refuses a second use.
	DoubleSuccess bool
	// Repeat makes the server work on the request twice and give the second answer, as behind a proxy that sends again what it got no
	// answer to.
	Repeat bool
}

// Works tells whether a request has its effect in this mood.
func (m Mood) Works() bool { return m.AfterWork || m.Fault.works() }
