package all

import "gatescand/scanner/admission"

// Row says in plain words what a gate gets from one platform. The README and
// `gatescand check` show these rows.
type Row struct {
	Platform  admission.PlatformName
	Proved    string // offline, by the code alone
	Cached    string // ahead, for when there is no network
	Asked     string // at the door, when there is one
	Delivered string // after the door
	Repeated  string // what becomes of a delivery whose answer was lost
}

// Sheet gives one row for each platform, in the order of [Platforms].
func Sheet() []Row {
	return []Row{
		{
			Platform:  admission.TiBillet,
			Proved:    "that the platform once issued the ticket (RSA-2048, PSS), and for which event; not that it is paid, uncanceled or unused",
			Cached:    "events and keys, and the whole list of tickets with state and names",
			Asked:     "the state of one ticket, without using it",
			Delivered: "the use; the platform keeps no time of it",
			Repeated:  "the platform names the scan app behind a use, so our own is recognised",
		},
		{
			Platform:  admission.TicketSonic,
			Proved:    "that the promoter's key made the ticket, its event, product and times; with 512-bit RSA this is weak proof; not that it is uncanceled or unused elsewhere",
			Cached:    "the promoter's key, events and kinds of tickets; there is no list of tickets",
			Asked:     "nothing: there is no request for it",
			Delivered: "the code, to be validated after the fact; uses are known to this gate alone",
			Repeated:  "does no harm as far as is known: nothing is said to be counted",
		},
		{
			Platform:  admission.Stebby,
			Proved:    "nothing",
			Cached:    "the usable tickets where the server lists them, else the answers about tickets that were asked for",
			Asked:     "whether a ticket is usable",
			Delivered: "the use",
			Repeated:  "looked up before and after; a ticket that is gone after our attempt counts as used by us",
		},
		{
			Platform:  admission.BitTan,
			Proved:    "nothing",
			Cached:    "events while they are on sale; no tickets",
			Asked:     "state, event and number of uses of one ticket; not on servers of 2024, where every question uses a ticket up",
			Delivered: "the use, which the server counts however often it is sent",
			Repeated:  "the count before the use is noted first and compared afterwards, and no use is sent blindly again",
		},
	}
}

// RowOf gives the row of one platform.
func RowOf(name admission.PlatformName) (Row, bool) {
	for _, r := range Sheet() {
		if r.Platform == name {
			return r, true
		}
	}
	return Row{}, false
}
