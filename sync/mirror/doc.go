// Package mirror keeps the station's copy of one account's events, keys and
// ticket list in step with its platform.
//
// It promises that a pull which fails hides nothing: the cursor and the "as
// of" time move only together with a page that has been stored, and a list
// counts as complete only when every page of it came and the number of
// tickets seen is the number the platform says there are. A list that changes
// under the sweep is swept again, and is left incomplete rather than guessed
// at. It promises one request at a time per account, and a pause after every
// failure: exponential, with jitter, no longer than a few minutes, and over at
// once when the network is known to be back. The failure of one event's list
// delays no other event.
//
// It never decides anything about a ticket, never un-uses one, and never
// touches the outbox: pulling and pushing fail independently.
package mirror
