package admission

// Sweep is one pull of an account's complete list for one event, in pages.
// It survives a restart: generation and cursor say where it goes on.
type Sweep struct {
	Account    string
	Event      string
	Generation int64
	Cursor     string // where the next page begins, "" for the first
	Began      Stamp
	// BeganStep orders the beginning of sweeps against the settling of
	// deliveries without a clock: both draw from one counter of the store.
	BeganStep int64
	First     bool // no sweep of this list has been complete yet
	Seen      int  // distinct tickets seen in this generation
	Listed    int  // tickets that counted as on the list, those that came with this sweep included
	Total     int  // as the platform last said, -1 where it does not
	Done      bool
}

// SweepPage is what one request of a sweep brought.
type SweepPage struct {
	Tickets []Ticket
	Next    string // cursor of the page after, "" when this was the last
	Total   int    // as the platform says, -1 where it does not
	// UsableOnly says that the list holds usable tickets only. One that is no
	// longer on it has been used or has expired, and was not taken back.
	UsableOnly bool
}

// Admitted is a ticket that this station let in, with what the platform's list
// says of it: the two sides that are compared.
type Admitted struct {
	Presence Presence
	Key      TicketKey
	Event    string
	Ticket   *Ticket // nil when no list has it
	Vanished bool    // it was listed, but a later complete sweep did not see it
	// UsableOnly says that the list is one of usable tickets only: that a used
	// ticket is not on it says nothing.
	UsableOnly bool
	Grounds    Grounds // of the last admission
	Seq        int64   // of the last admission
	// Undone says that a person has taken every entry back here, and that the
	// platform was told of one, or may have been.
	Undone bool
	// Untold says that the entries which stand were not told to the platform,
	// because it kept the use of one that was undone before them (see [Standing]),
	// and that Delivery is the delivery of that one. A platform that has the use no
	// more has to be told.
	Untold bool
	// Delivery of the last entry that had one.
	Delivery     DeliveryState
	SettledStep  int64 // when it was settled, in steps of the store; 0 while pending
	ListedStep   int64 // when the request that last brought the ticket's row began
	CompleteStep int64 // when the last complete sweep of its event began
}
