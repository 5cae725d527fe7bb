package mirror

// ChangeKind says what has changed.
type ChangeKind string

// The changes a mirror tells of.
const (
	// EventsChanged: events or keys are not what they were; the keyring must
	// be prepared anew. Told after the first successful pull of each run, too.
	EventsChanged ChangeKind = "events_changed"
	// ListChanged: an increment brought tickets of Event.
	ListChanged ChangeKind = "list_changed"
	// SweepCompleted: the list of Event is complete as of the sweep's begin.
	SweepCompleted ChangeKind = "sweep_completed"
	// Recovered: the account can be reached again after it could not. The
	// outbox may want to know.
	Recovered ChangeKind = "recovered"
	// StatusChanged: Status says something new.
	StatusChanged ChangeKind = "status_changed"
)

// Change is one thing that happened.
type Change struct {
	Kind  ChangeKind
	Event string // for ListChanged and SweepCompleted
}
