// Package mirror keeps the station's copy of one account's events, keys and
// ticket list in step with its platform.
//
// It promises that a pull which fails hides nothing: the cursor and the "as
// of" time move only together with a page that has been stored, and a list
// counts as complete only when every page of it came and the number of
// tickets seen is the number the platform says there are. A list that changes
// under the sweep is swept again, and is left incomplete rather than guessed
// at. A list that has lost most of its tickets, or all, takes nothing away
// before it has said the same again.
//
// It promises one request at a time per account, and a pause after every
// failure: exponential, with jitter, no longer than a few minutes unless the
// server asks for more, and over at once when the network is known to be back,
// but never before the time the server asked for. The failure of one event's
// list delays no other event: where the platform can be probed, a probe tells
// trouble with one list from trouble with the account.
//
// It never decides anything about a ticket, never un-uses one, and never
// touches the outbox: pulling and pushing fail independently.
package mirror
