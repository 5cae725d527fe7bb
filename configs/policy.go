package configs

// TLSMode says how the page's connections are protected.
type TLSMode string

// The modes of [admin].tls.
const (
	TLSOff        TLSMode = "off"
	TLSSelfSigned TLSMode = "self-signed"
	TLSFiles      TLSMode = "files"
)

// Direction is what a lane is for.
type Direction string

// The directions of a lane.
const (
	Entry Direction = "entry"
	Exit  Direction = "exit"
	Check Direction = "check"
)

// AskPolicy says when the platform is asked before a decision.
type AskPolicy string

// The values of ask.
const (
	AskNever    AskPolicy = "never"
	AskUnlisted AskPolicy = "unlisted"
	AskAlways   AskPolicy = "always"
)

// UnlistedPolicy says what becomes of a ticket that is not on the list when
// nobody was asked or nobody answered.
type UnlistedPolicy string

// The values of unlisted. UnlistedAdmit holds for a good signature only, except
// for a platform that signs nothing and whose codes may be recorded.
const (
	UnlistedHold   UnlistedPolicy = "hold"
	UnlistedRefuse UnlistedPolicy = "refuse"
	UnlistedAdmit  UnlistedPolicy = "admit"
)

// ClockPolicy says what becomes of a ticket whose window matters while the
// clock cannot be trusted.
type ClockPolicy string

// The values of clock_untrusted.
const (
	ClockHold ClockPolicy = "hold"
	ClockPass ClockPolicy = "pass"
)

// WindowPolicy says which windows of time are kept.
type WindowPolicy string

// The values of window. WindowOff keeps only the window a ticket itself
// carries; WindowEvent adds the one around its event.
const (
	WindowOff   WindowPolicy = "off"
	WindowEvent WindowPolicy = "event"
)
