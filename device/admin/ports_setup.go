package admin

import "context"

// Setup leads a fresh station to its first admitted ticket.
type Setup interface {
	// SetupState tells which steps are done.
	SetupState(ctx context.Context) SetupState
}

// SetupState is how far the set-up is.
type SetupState struct {
	Needed bool `json:"needed"` // no lane or no account is configured
}
