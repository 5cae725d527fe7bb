package health

import (
	"maps"
	"slices"
	"strings"
)

// Code names a condition for programs. Codes are kept once shipped.
type Code string

// The codes. What a code's subject is stands behind it.
const (
	AccountOffline    Code = "account_offline"        // account
	AccountCaptive    Code = "account_captive"        // account
	AccountAuth       Code = "account_auth"           // account
	AccountServer     Code = "account_server"         // account
	AccountUntrusted  Code = "account_untrusted"      // account
	AccountRedirected Code = "account_redirected"     // account
	AccountUnpaired   Code = "account_unpaired"       // account
	AccountNoKeys     Code = "account_no_keys"        // account
	AccountKeyUnread  Code = "account_key_unreadable" // account
	AccountMoved      Code = "account_moved"          // account
	AccountClock      Code = "account_clock"          // account
	AccountBlind      Code = "account_blind"          // account
	AccountRemoved    Code = "account_removed"        // account
	ListUnstable      Code = "list_unstable"          // account
	ListUnsupported   Code = "list_unsupported"       // account
	ListShrunk        Code = "list_shrunk"            // account and event
	ListStale         Code = "list_stale"             // account
	EventsAutomatic   Code = "events_automatic"       // account
	EventsNone        Code = "events_none"            // account

	ReaderAbsent       Code = "reader_absent"        // lane
	ReaderNoPermission Code = "reader_no_permission" // lane
	ReaderBusy         Code = "reader_busy"          // lane
	ReaderFault        Code = "reader_fault"         // lane
	ReaderGarbage      Code = "reader_garbage"       // lane
	ReaderLayout       Code = "reader_layout"        // lane
	ReaderChanged      Code = "reader_changed"       // lane
	ReaderDropped      Code = "reader_dropped"       // lane
	ReaderUnread       Code = "reader_unread"        // lane
	LaneFault          Code = "lane_fault"           // lane
	SignalFailed       Code = "signal_failed"        // the output's address
	OutputsKept        Code = "outputs_kept"         // none
	PassageFailed      Code = "passage_failed"       // lane
	PassageUnticketed  Code = "passage_unticketed"   // lane
	LaneChecking       Code = "lane_checking"        // lane
	LanesUnknown       Code = "lanes_unknown"        // none

	PairingUnarmed Code = "pairing_unarmed" // lane

	JournalUnavailable Code = "journal_unavailable" // none
	DiskLow            Code = "disk_low"            // folder
	ClockUntrusted     Code = "clock_untrusted"     // none

	OutboxBuried      Code = "outbox_buried"      // account
	OutboxWaiting     Code = "outbox_waiting"     // account
	DeliveriesStopped Code = "deliveries_stopped" // account
	ConflictsOpen     Code = "conflicts_open"     // none

	PowerLow        Code = "power_low"        // none
	TemperatureHigh Code = "temperature_high" // none

	SetupNoLanes    Code = "setup_no_lanes"    // none
	SetupNoAccounts Code = "setup_no_accounts" // none

	ConfigInvalid   Code = "config_invalid"          // file
	ConfigRestart   Code = "config_restart"          // none
	PageUnavailable Code = "page_unavailable"        // address
	PageCertificate Code = "page_certificate_unkept" // folder
	TokenRenewed    Code = "token_renewed"           // file
	TokenUnread     Code = "token_unreadable"        // file
	PasswordsUnread Code = "passwords_unreadable"    // file
	SecondDaemon    Code = "second_daemon"           // data directory
)

// entry is what the table knows of a code. {subject} and {detail} in its words
// are replaced.
type entry struct {
	severity Severity
	text     string
	remedy   string
}

// Codes lists every known code, sorted.
func Codes() []Code { return slices.Sorted(maps.Keys(table())) }

// describe gives the words of a code. A code that is not in the table is shown
// as critical: somebody meant to say something, and nobody knows what.
func describe(code Code, subject, detail string) (Severity, string, string) {
	e, ok := table()[code]
	if !ok {
		e = entry{Critical, "Unknown condition " + string(code) + " at {subject}. {detail}", "Report this to whoever looks after the station; the log says more."}
		if subject == "" {
			e.text = "Unknown condition " + string(code) + ". {detail}"
		}
	}
	return e.severity, words(e.text, subject, detail), words(e.remedy, subject, detail)
}

// words fills in a template. The two values are put in at once, so that a
// subject cannot smuggle in the place of the detail.
func words(template, subject, detail string) string {
	detail = strings.TrimSpace(detail)
	if detail != "" && !strings.HasSuffix(detail, ".") && !strings.HasSuffix(detail, "!") && !strings.HasSuffix(detail, "?") {
		detail += "."
	}
	return strings.TrimSpace(strings.NewReplacer("{subject}", subject, "{detail}", detail).Replace(template))
}

func table() map[Code]entry {
	return map[Code]entry{
		AccountOffline: {
			Warning, "{subject}: its server cannot be reached. {detail}",
			"Nothing is lost: what is cached decides, and deliveries wait. Tickets that must be asked for are held or refused until it is back, as unlisted says. Check the network cable or the Wi-Fi of the station.",
		},
		AccountCaptive: {
			Warning, "{subject}: the network answers in the server's place, as networks do that want a login. {detail}",
			"Log the station in to this network, or connect it to another one.",
		},
		AccountAuth: {
			Critical, "{subject}: the platform does not accept this station's key. {detail}",
			"Check on the platform whether the scan app, user or key is good. TiBillet: pair again, gatescand pair CODE. Others: put the right key into the account's file and run systemctl reload gatescand. What is cached keeps deciding until then.",
		},
		AccountServer: {
			Warning, "{subject}: the platform's server fails. {detail}",
			"Wait; the station tries again by itself. If it lasts, tell the platform's operator.",
		},
		AccountUntrusted: {
			Critical, "{subject}: the server's certificate cannot be trusted. {detail}",
			"Check the station's clock first. If the platform changed its certificate authority, correct ca_file or pin_sha256 of the account. Nothing is sent until then.",
		},
		AccountRedirected: {
			Critical, "{subject}: the server points to another address; nothing was followed. {detail}",
			"If the organiser's site has moved, correct the url of the account and pair again.",
		},
		AccountUnpaired: {
			Critical, "{subject}: this station is not paired.",
			"Make a scan app on the platform and show its pairing code to the station: on the page under Accounts, or gatescand pair CODE.",
		},
		AccountNoKeys: {
			Critical, "{subject}: there is no key to check the signatures of its tickets with. {detail}",
			"The keys come by themselves once the platform can be reached and takes the account's key; see its other conditions. TiBillet only: they can also be named in keys_file.",
		},
		AccountKeyUnread: {
			Critical, "{subject}: the key it was paired with cannot be read, so it counts as not paired. {detail}",
			"Give the file to the user gatescand (chown gatescand), or remove it and pair again: gatescand pair CODE.",
		},
		AccountMoved: {
			Critical, "{subject}: its url is of another site than its key, so it counts as not paired. {detail}",
			"If the url is right, pair again: on the page under Accounts, or gatescand pair CODE. If not, correct the url of the account. The key is sent nowhere until then.",
		},
		AccountClock: {
			Warning, "{subject}: the clock of its server and that of this box differ. {detail}",
			"If this box is right, tell the platform's operator; scans and deliveries go on. Else set the box's clock: timedatectl set-time.",
		},
		AccountBlind: {
			Warning, "{subject}: its server cannot be asked about a ticket without using it up, so the gate decides without asking. {detail}",
			"Ask the platform's operator for a current version. Until then unlisted in the configuration decides: \"admit\" records every code of the right form and lets it in once.",
		},
		AccountRemoved: {
			Critical, "{subject}: check-ins wait for this account, which is no longer in the configuration. {detail}",
			"Put the account back into the configuration under the same name, and they are delivered.",
		},
		ListUnstable: {
			Warning, "{subject}: the list changed while it was read, so it may have gaps. {detail}",
			"The station reads it again by itself. If this stays, make the sweeps rarer with sweep_every.",
		},
		ListShrunk: {
			Warning, "{subject}: most of its list is gone. {detail}",
			"The station looks again by itself; until then everything on the list stays valid. If tickets were really withdrawn, wait a minute.",
		},
		ListUnsupported: {
			Info, "{subject}: its server gives no list of tickets. {detail}",
			"Tickets are judged by their signature or by asking, which needs the network. If the list was there before, ask the platform's operator.",
		},
		ListStale: {
			Warning, "{subject}: its list has not been complete for longer than stale_after. {detail}",
			"Check the network. Tickets sold or canceled since then are not known here.",
		},
		EventsAutomatic: {
			Info, "{subject}: nobody chose the events of this gate, so it serves what is on now. {detail}",
			"To fix the choice, choose the events on the page under Accounts, or set events of the account in the configuration.",
		},
		EventsNone: {
			Critical, "{subject}: there is no event to serve. {detail}",
			"Publish the event on the platform, or choose on the page under Accounts what this gate shall serve; where the configuration names the events of the account, correct them there.",
		},
		ReaderAbsent: {
			Critical, "Lane {subject}: its reader is not plugged in. {detail}",
			"Plug the reader in, or push its cable home; the lane goes on by itself.",
		},
		ReaderNoPermission: {
			Critical, "Lane {subject}: the station may not open its reader. {detail}",
			"Install the udev rule that comes with gatescand, or add the service's user to the group dialout or input, then plug the reader in again.",
		},
		ReaderBusy: {
			Critical, "Lane {subject}: another program holds its reader. {detail}",
			"Stop the other program; ModemManager is a usual one for serial readers.",
		},
		ReaderFault: {
			Critical, "Lane {subject}: its reader does not work. {detail}",
			"Unplug the reader and plug it in again; try another cable or port.",
		},
		ReaderGarbage: {
			Warning, "Lane {subject}: its reader sends what is no code. {detail}",
			"Check the baud rate in the lane's reader address, and the reader's interface setting.",
		},
		ReaderLayout: {
			Warning, "Lane {subject}: its reader types as for another country. {detail}",
			"Codes that are signed are read all the same; codes that are not may be refused. Correct one of the two; gatescand readers --learn says what the reader is set to.",
		},
		ReaderChanged: {
			Warning, "Lane {subject}: its reader is another than before. {detail}",
			"If somebody exchanged the reader, all is well: systemctl restart gatescand makes it the one that is expected. If not, somebody may have shown it a setting code: check that it still beeps and reads, and switch off its setting codes.",
		},
		ReaderDropped: {
			Warning, "Lane {subject}: part of a code got lost on its way from the reader. {detail}",
			"Hold the ticket before the reader again. If it goes on, try another port or cable, or put the reader into USB serial mode.",
		},
		ReaderUnread: {
			Warning, "Lane {subject}: something was shown in which no code could be read. {detail}",
			"Show one code at a time, whole, flat and well lit; turn a phone's brightness up. If it goes on, clean the camera's glass and look at its light.",
		},
		LaneFault: {
			Critical, "Lane {subject}: a scan failed inside the program and was held. {detail}",
			"Scan the code again. If it happens again, send the log of that minute to whoever looks after the program.",
		},
		SignalFailed: {
			Critical, "The signal {subject} did not work. {detail}",
			"Do what it says. Where it names no cause, check the wiring of the relay or lamp. Then try it: gatescand check. Scans are still decided and recorded.",
		},
		OutputsKept: {
			Warning, "This box keeps its outputs as they were when the program dies: a relay that is on would stay on. {detail}",
			"Write dtparam=strict_gpiod into /boot/firmware/config.txt and restart the box.",
		},
		PassageFailed: {
			Warning, "Lane {subject}: the contact that tells who went through does not work. {detail}",
			"Check the wiring and the lane's passage. Scans are decided and signalled all the same.",
		},
		PassageUnticketed: {
			Warning, "Lane {subject}: somebody went through without having been let in. {detail}",
			"Look at the gate: it may be open, or two went through on one ticket.",
		},
		LaneChecking: {
			Info, "Lane {subject}: staff have turned it to checking only: it says whether tickets are good, uses none up and opens nothing. {detail}",
			"When people shall be let in here again, end it on the page under Lanes.",
		},
		LanesUnknown: {
			Critical, "It is not known which lanes staff had closed, so all of them are closed. {detail}",
			"Open each lane that shall be open, on the page under Lanes or by POST /api/v1/lanes/LANE/open. Lanes that were turned to checking only have to be turned so again.",
		},
		PairingUnarmed: {
			Info, "Lane {subject}: a pairing code was shown while pairing is not armed. {detail}",
			"Nothing was done with it. If you want to pair, arm pairing on the page first, then show the code again. If nobody of yours showed it, forget it.",
		},
		JournalUnavailable: {
			Critical, "The journal cannot be written, so the station lets nobody in by itself. {detail}",
			"Check the disk: is it full, read-only or failing? Admit by hand on paper until it is mended.",
		},
		DiskLow: {
			Warning, "There is little room left on the disk of {subject}. {detail}",
			"Remove what is not needed; the journal needs room to go on.",
		},
		PowerLow: {
			Warning, "The power supply of this box is too weak. {detail}",
			"Use the maker's own power supply and a short, thick cable, and give readers and lamps a hub with a supply of its own. A box whose voltage falls may stop or damage its card.",
		},
		TemperatureHigh: {
			Warning, "This box is too hot and slows itself down. {detail}",
			"Take it out of the sun and away from other devices, let air at it, and see that its fan turns.",
		},
		SetupNoLanes: {
			Critical, "No lane is set up yet, so nobody can be let in. {detail}",
			"Log in to the page and follow the set-up: /setup. Or write [[lane]] into the configuration.",
		},
		SetupNoAccounts: {
			Critical, "No account is set up yet, so no ticket is known. {detail}",
			"Log in to the page and follow the set-up: /setup. Or pair from a terminal: gatescand pair CODE.",
		},
		ClockUntrusted: {
			Warning, "The station is not sure what time it is. {detail}",
			"Connect it to a network with a time server. Set the time by hand if there is none: timedatectl set-time.",
		},
		OutboxBuried: {
			Warning, "{subject}: the platform will not take some check-ins. {detail}",
			"Look at them on the page under Outbox. They are kept; after mending the cause, try them again there, or gatescand outbox retry.",
		},
		OutboxWaiting: {
			Warning, "{subject}: check-ins have been waiting for the platform for a long time. {detail}",
			"Check the account's state; they are delivered by themselves once the platform can be reached.",
		},
		DeliveriesStopped: {
			Critical, "{subject}: nothing is delivered to the platform any more. {detail}",
			"Mend the cause, then try again on the page under Outbox, or gatescand outbox retry. Nothing has been dropped.",
		},
		ConflictsOpen: {
			Warning, "The platform and the journal disagree about some tickets. {detail}",
			"Look at both sides on the page under Conflicts, and close each with a note. In a terminal: gatescand conflicts list.",
		},
		ConfigInvalid: {
			Warning, "The changed configuration {subject} has faults; the earlier one stays in force. {detail}",
			"Mend the file; gatescand check --config-only lists every fault.",
		},
		ConfigRestart: {
			Info, "Some changes of the configuration wait for a restart: {detail}",
			"Restart when the door is quiet: systemctl restart gatescand.",
		},
		PageUnavailable: {
			Warning, "The page cannot be served on {subject}. {detail}",
			"Stop the other program, or set [admin].listen to a free port. Scans are decided all the same.",
		},
		PageCertificate: {
			Warning, "The page's certificate cannot be kept in {subject}, so browsers ask again after every restart whether they trust it. {detail}",
			"Let the user gatescand write there (chown gatescand), and check whether the disk is full or read-only.",
		},
		TokenRenewed: {
			Warning, "The API token in {subject} was damaged, so a new one was made. {detail}",
			"Give programs that use the API the new one; gatescand admin token tells where it stands. Passwords are as before.",
		},
		TokenUnread: {
			Warning, "The API token in {subject} cannot be read or made, so no program can use the API. {detail}",
			"Give the file to the user gatescand (chown gatescand), then restart when the door is quiet. Passwords open the page all the same.",
		},
		PasswordsUnread: {
			Critical, "The page's passwords in {subject} cannot be read, so only the API token opens the page. {detail}",
			"Set them anew: gatescand admin password, then gatescand admin password --role staff. Scans are decided all the same.",
		},
		SecondDaemon: {
			Critical, "Another gatescand uses {subject}. {detail}",
			"Stop one of the two: systemctl status gatescand shows the service.",
		},
	}
}
