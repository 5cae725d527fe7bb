package fakeserver

import "strconv"

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
	// CutBody (works) announces the whole body and closes the connection after half of it. An answer without body is lost.
	CutBody
	// HalfJSON (works) sends half of the body as if it were all of it.
	HalfJSON
	// SlowDrip (works) sends the body byte by byte, the mood's Drip apart.
	SlowDrip
	// Throttled answers 429 with Retry-After, in the fake's own manner.
	Throttled
	// Unavailable answers 503 with Retry-After and an HTML page of the reverse proxy.
	Unavailable
	// ServerError answers 500 in the fake's own manner.
	ServerError
	// ErrorPage answers 500 with an HTML page, whatever the fake's own manner.
	ErrorPage
	// BadGateway answers 502 with the reverse proxy's HTML page.
	BadGateway
	// NotFound answers 404 in the fake's own manner, as a server does that is too old to know the route.
	NotFound
	// ForeignJSON answers 200 with JSON that has nothing to do with the question, or with the mood's Body.
	ForeignJSON
	// DeepJSON answers 200 with a hundred thousand nested arrays.
	DeepJSON
	// HugeJSON answers 200 with valid JSON of the mood's Size, 64 MiB if zero.
	HugeJSON
	// EndlessBody answers 200 with the beginning of a JSON string that goes on until the client hangs up.
	EndlessBody
	// HeaderFlood answers 200 with headers of the mood's Size, 16 MiB if zero.
	HeaderFlood
	// CaptivePage answers 200 with the HTML login page of somebody's Wi-Fi.
	CaptivePage
	// CaptiveRedirect answers 302 to a login page on another host.
	CaptiveRedirect
	// ForeignRedirect answers 302 to the same path on another host, as a secondary domain does.
	ForeignRedirect
)

// Faults returns all faults, Healthy first.
func Faults() []Fault {
	faults := make([]Fault, 0, ForeignRedirect+1)
	for f := Healthy; f <= ForeignRedirect; f++ {
		faults = append(faults, f)
	}
	return faults
}

// String returns the fault in words.
func (f Fault) String() string {
	names := [...]string{
		Healthy: "healthy", Offline: "offline", LostAnswer: "lost answer", CutBody: "cut body", HalfJSON: "half JSON",
		SlowDrip: "slow drip", Throttled: "throttled", Unavailable: "unavailable", ServerError: "server error",
		ErrorPage: "error page", BadGateway: "bad gateway", NotFound: "not found", ForeignJSON: "foreign JSON",
		DeepJSON: "deep JSON", HugeJSON: "huge JSON", EndlessBody: "endless body", HeaderFlood: "header flood",
		CaptivePage: "captive page", CaptiveRedirect: "captive redirect", ForeignRedirect: "foreign redirect",
	}
	if f < 0 || int(f) >= len(names) {
		return "fault " + strconv.Itoa(int(f))
	}
	return names[f]
}

// works tells whether the request has its effect although the answer is spoiled.
func (f Fault) works() bool {
	switch f {
	case Healthy, LostAnswer, CutBody, HalfJSON, SlowDrip:
		return true
	default:
		return false
	}
}
