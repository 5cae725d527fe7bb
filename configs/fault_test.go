package configs_test

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatescand/configs"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// lines writes faults as the operator sees them.
func lines(faults []configs.Fault) []string {
	var out []string
	for _, f := range faults {
		out = append(out, f.String())
	}
	return out
}

// account and lane give the good section with other or more lines.
func account(more string) string { return goodAccount + more + "\n" + goodLane }

func lane(more string) string { return goodAccount + goodLane + more + "\n" }

// both adds lines above an account and a lane that are good.
func both(above string) string { return above + "\n" + goodAccount + goodLane }

func TestEachFaultNamesLineKeyAndRemedy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		text string
		want []string
	}{
		// What is not TOML.
		{
			"a text without quotes", both("[station]\nname = Gate\nlanguage = \"xx\""),
			[]string{
				`c.toml:2: station.name: is not valid TOML: unexpected character U+0047 'G' at start of value; put the text between quotes: name = "…"`,
				`c.toml:3: station.language: "xx" is not known here; write "en" or "fr"`,
			},
		},
		{
			"a key without a value", both("[station]\ncapacity ="),
			[]string{`c.toml:2: station.capacity: is not valid TOML: unexpected character U+000A at start of value; write a value after capacity =, or begin the line with #`},
		},
		{
			"a line that is neither key nor heading", both("[station]\nhello"),
			[]string{`c.toml:2: is not valid TOML: expected '=' after key; write key = value, or begin the line with #` + ` to make it a comment`},
		},
		{
			"a heading that is not closed hides what follows it and nothing else", both("[station\nlanguage = \"xx\"\n[admin]\ntls = \"on\""),
			[]string{
				`c.toml:1: this section heading is not valid TOML: expected ']' to close table name; write it as [section] or [[section]], alone on its line`,
				`c.toml:4: admin.tls: "on" is not known here; write "off", "self-signed" or "files"`,
			},
		},
		{
			"a list that is not closed is one fault", goodAccount + goodLane + "accounts = [\"lespass\"\nproducts = []\nreentry = \"sometimes\"\n",
			[]string{
				`c.toml:9: lane[north].accounts: is not valid TOML: expected ',' or ']' after array value; correct this line: a text stands between quotes, a list between brackets`,
				`c.toml:10: lane[north].reentry: "sometimes" is not a rule for re-entry; write "never", "after-exit", "after 10m" or "unlimited"`,
			},
		},
		{
			"an unquoted url is not also a missing url", "[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = https://a.example.org\n" + goodLane,
			[]string{`c.toml:4: account[a].url: is not valid TOML: unexpected character U+0068 'h' at start of value; put the text between quotes: url = "…"`},
		},
		{
			"a text that is not closed", both("[station]\nname = \"Gate\ncapacity = -1"),
			[]string{
				`c.toml:2: station.name: is not valid TOML: basic strings cannot have new lines; correct this line: a text stands between quotes, a list between brackets`,
				`c.toml:3: station.capacity: is out of range; write a number from 0 to 1000000`,
			},
		},
		{
			"a comment with a control character", both("# bell \a\n"),
			[]string{`c.toml:1: a comment is not valid TOML: control characters are not allowed in comments; remove the characters that are not text`},
		},
		{
			"a file in UTF-16", "\xff\xfe[\x00a\x00",
			[]string{`c.toml: is written in UTF-16; save it as UTF-8`},
		},
		{
			"a file of more than a mebibyte", strings.Repeat("# long\n", 1<<18),
			[]string{`c.toml: is larger than 1024 KiB; name the right file`},
		},

		// Keys and sections.
		{
			"an unknown key near a known one", both("[station]\nlangage = \"fr\""),
			[]string{`c.toml:2: station.langage: no such key; did you mean "language"?`},
		},
		{
			"an unknown key near none", both("[station]\nx = 1"),
			[]string{`c.toml:2: station.x: no such key; remove it`},
		},
		{
			"a key of another section", both("[station]\nlisten = \"127.0.0.1:1\""),
			[]string{`c.toml:2: station.listen: no such key; move it below [admin]`},
		},
		{
			"a key before the first section", both("capacity = 1"),
			[]string{`c.toml:1: capacity: no such key; move it below [station]`},
		},
		{
			"a misspelled key before the first section", both("capcity = 1"),
			[]string{`c.toml:1: capcity: no such key; did you mean "capacity" below [station]?`},
		},
		{
			"a secret in the file is not repeated", account(`api_key = "s3cr3t"`),
			[]string{`c.toml:5: account[lespass].api_key: no such key; secrets do not stand in this file; put it into a file and name that with api_key_file, or pair with: gatescand pair`},
		},
		{
			"a password in the file is not repeated", both("[admin]\npassword = \"s3cr3t\""),
			[]string{`c.toml:2: admin.password: no such key; secrets do not stand in this file; put it into a file and name that with password_file`},
		},
		{
			"an unknown key with an escape in it", both("[station]\n\"a\\u001b[2J\" = 1"),
			[]string{`c.toml:2: station."a\x1b[2J": no such key; remove it`},
		},
		{
			"an unknown section", both("[printer]\nname = 3"),
			[]string{`c.toml:1: printer: no such section; remove it`},
		},
		{
			"a misspelled account is not also a missing one", "[[acount]]\nname = \"a\"\n" + goodLane,
			[]string{`c.toml:1: acount: no such section; did you mean [[account]]?`},
		},
		{
			"an unknown part of a lane", lane("[lane.signl]\nadmit = []"),
			[]string{`c.toml:8: lane[north].signl: no such key; did you mean "signal"?`},
		},
		{
			"an unknown verdict of a signal", lane("[lane.signal]\nadmits = []"),
			[]string{`c.toml:9: lane[north].signal.admits: no such key; did you mean "admit"?`},
		},
		{
			"a key set twice", both("[station]\ncapacity = 1\ncapacity = 2"),
			[]string{`c.toml:3: station.capacity: is set twice, first in line 2; keep one of the two`},
		},
		{
			"a section that stands twice", both("[station]\ncapacity = 1\n[station]\ncapacity = 2"),
			[]string{`c.toml:3: station: stands twice, first in line 1; put everything under one of the two`},
		},
		{
			"single brackets around account", "[account]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \"https://a.example.org\"\n" + goodLane,
			[]string{`c.toml:1: account: is headed by single brackets though there may be several; write [[account]]`},
		},
		{
			"double brackets around station", both("[[station]]\ncapacity = 1"),
			[]string{`c.toml:1: station: is headed by double brackets though there is only one; write [station]`},
		},
		{
			"signals before any lane", "[lane.signal]\nadmit = []\n" + goodAccount + goodLane,
			[]string{`c.toml:1: lane.signal: stands before any [[lane]]; put it below the [[lane]] it belongs to`},
		},
		{
			"a value where a section belongs", both("station = \"x\""),
			[]string{`c.toml:1: station: is a text where a section belongs; write [station] and its keys below`},
		},
		{
			"a value where accounts belong", "account = \"x\"\n" + goodLane,
			[]string{`c.toml:1: account: is a text where a list of sections belongs; write [[account]] and its keys below, once for each`},
		},
		{
			"a list of texts where accounts belong", "account = [\"x\"]\n" + goodLane,
			[]string{`c.toml:1: account[1]: is a text where a section belongs; write [[account]] and its keys below, once for each`},
		},
		{
			"an inline section that is added to", both("station = { capacity = 1 }\n[station.more]\nx = 1"),
			[]string{`c.toml:2: station.more: stands twice, first in line 1; put everything under one of the two`},
		},
		{
			"a key with a hundred parts", both(strings.Repeat("a.", 99) + "a = 1"),
			[]string{`c.toml:1: a.a.a.a.a.a.a.a…: is nested too deep; remove it; no setting has so many parts`},
		},
		{
			"lists in lists without end", lane("products = " + strings.Repeat("[", 500) + strings.Repeat("]", 500)),
			[]string{`c.toml:8: lane[north].products[1]: is a list where a text belongs; write "Full price"`},
		},

		// What is missing.
		{
			"a lane for an account where there is none", goodLane + "accounts = [\"lespass\"]\n",
			[]string{`c.toml:4: lane[north].accounts[1]: there is no account "lespass"; add it with [[account]], or write [] for all accounts`},
		},
		{
			"an account without anything", "[[account]]\n" + goodLane,
			[]string{
				`c.toml:1: account[1].name: is missing; add name = "tickets"`,
				`c.toml:1: account[1].platform: is missing; add platform = "tibillet"`,
				`c.toml:1: account[1].url: is missing; add url = "https://tickets.example.org"`,
			},
		},
		{
			"a lane without a reader", goodAccount + "[[lane]]\nname = \"north\"\n",
			[]string{`c.toml:5: lane[north].reader: is missing; add reader = "serial:/dev/serial/by-id/…?baud=115200"`},
		},
		{
			"a misspelled name is not also a missing one", goodAccount + "[[lane]]\nnam = \"north\"\nreader = \"virtual:\"\n",
			[]string{`c.toml:6: lane[1].nam: no such key; did you mean "name"?`},
		},

		// Types.
		{
			"a text for a number", both("[station]\ncapacity = \"12\""),
			[]string{`c.toml:2: station.capacity: is a text where a whole number belongs; write a number from 0 to 1000000, without quotes`},
		},
		{
			"a fraction for a number", both("[station]\ncapacity = 1.5"),
			[]string{`c.toml:2: station.capacity: is a number with a decimal point where a whole number belongs; write a number from 0 to 1000000, without quotes`},
		},
		{
			"a number for a text", both("[station]\nname = 7"),
			[]string{`c.toml:2: station.name: is a whole number where a text belongs; write "Main entrance"`},
		},
		{
			"a text for true or false", both("[admin]\nshow_names = \"yes\""),
			[]string{`c.toml:2: admin.show_names: is a text where true or false belongs; write true or false, without quotes`},
		},
		{
			"a text for a list", lane(`accounts = "lespass"`),
			[]string{`c.toml:8: lane[north].accounts: is a text where a list of texts belongs; write ["lespass"], brackets included`},
		},
		{
			"a number in a list of texts", lane("products = [\"a\",\n 7]"),
			[]string{`c.toml:9: lane[north].products[2]: is a whole number where a text belongs; write "Full price"`},
		},
		{
			"a number for a duration", lane("hold_off = 3"),
			[]string{`c.toml:8: lane[north].hold_off: is a number without a unit; write a duration between quotes, such as "3s"`},
		},
		{
			"a date for a duration", lane("hold_off = 2026-11-21"),
			[]string{`c.toml:8: lane[north].hold_off: is a date or time where a duration belongs; write a duration between quotes, such as "3s"`},
		},
		{
			"true for a choice", lane("direction = true"),
			[]string{`c.toml:8: lane[north].direction: is true or false where a text belongs; write "entry"`},
		},
		{
			"a number for a re-entry rule", lane("reentry = 10"),
			[]string{`c.toml:8: lane[north].reentry: is a whole number where a text belongs; write "never", "after-exit", "after 10m" or "unlimited"`},
		},
		{
			"a list for the signals", lane("signal = []"),
			[]string{`c.toml:8: lane[north].signal: is a list where a section belongs; write [lane.signal] and its keys below`},
		},

		// Ranges and words.
		{
			"a number beyond 64 bits", both("[station]\ncapacity = 99999999999999999999"),
			[]string{`c.toml:2: station.capacity: is out of range; write a number from 0 to 1000000`},
		},
		{
			"a duration that is none", lane(`hold_off = "3 sec"`),
			[]string{`c.toml:8: lane[north].hold_off: "3 sec" is not a duration; write a number and a unit (ms, s, m or h), such as "3s"`},
		},
		{
			"a hold-off of more than a minute", lane(`hold_off = "61s"`),
			[]string{`c.toml:8: lane[north].hold_off: 1m1s is out of range; write a duration from "0s" to "1m"`},
		},
		{
			"a negative hold-off", lane(`hold_off = "-1s"`),
			[]string{`c.toml:8: lane[north].hold_off: -1s is out of range; write a duration from "0s" to "1m"`},
		},
		{
			"an increment too often", account(`increment_every = "1ms"`),
			[]string{`c.toml:5: account[lespass].increment_every: 1ms is out of range; write a duration from "100ms" to "24h", or "0s" for no increments`},
		},
		{
			"a question without a deadline", account(`ask_timeout = "0s"`),
			[]string{`c.toml:5: account[lespass].ask_timeout: 0s is out of range; write a duration from "50ms" to "10s"`},
		},
		{
			"a wait for re-entry that is too short", lane(`reentry = "after 10ms"`),
			[]string{`c.toml:8: lane[north].reentry: a wait of 10ms is out of range; write "after" and a duration from "1s" to "168h"`},
		},
		{
			"an unknown direction", lane(`direction = "entrance"`),
			[]string{`c.toml:8: lane[north].direction: "entrance" is not known here; write "entry", "exit" or "check"`},
		},
		{
			"an unknown policy", account(`unlisted = "refused"`),
			[]string{`c.toml:5: account[lespass].unlisted: "refused" is not known here; did you mean "refuse"? It is one of "hold", "refuse" or "admit"`},
		},
		{
			"an unknown time zone", both("[station]\ntimezone = \"Paris\""),
			[]string{`c.toml:2: station.timezone: "Paris" is not a time zone of this system; write an IANA name such as "Europe/Paris", or "" for the zone of the system`},
		},
		{
			"an empty station name", both("[station]\nname = \" \""),
			[]string{`c.toml:2: station.name: is empty; write a text`},
		},
		{
			"a station name with an escape", both("[station]\nname = \"a\\u001b[2J\""),
			[]string{`c.toml:2: station.name: holds control characters; write one line of plain text`},
		},
		{
			"a station name that is too long", both("[station]\nname = \"" + strings.Repeat("é", 81) + "\""),
			[]string{`c.toml:2: station.name: is 81 characters long; write at most 80`},
		},
		{
			"a relative data folder", both("[station]\ndata_dir = \"data\""),
			[]string{`c.toml:2: station.data_dir: is not an absolute path; write a path that begins with /, such as "/var/lib/gatescand"`},
		},
		{
			"a lane's name with a blank", goodAccount + "[[lane]]\nname = \"North gate\"\nreader = \"virtual:\"\n",
			[]string{`c.toml:6: lane[1].name: "North gate" cannot be a name; write 1 to 32 of a-z, 0-9, dot, - and _, beginning with a letter or digit`},
		},
		{
			"a lane's name of 33 letters", goodAccount + "[[lane]]\nname = \"" + strings.Repeat("a", 33) + "\"\nreader = \"virtual:\"\n",
			[]string{`c.toml:6: lane[1].name: "` + strings.Repeat("a", 33) + `" is too long for a name; write 1 to 32 of a-z, 0-9, dot, - and _, beginning with a letter or digit`},
		},
		{
			"the same text twice in a list", lane(`products = ["a", "a"]`),
			[]string{`c.toml:8: lane[north].products[2]: repeats number 1 of the list; keep one of the two`},
		},
		{
			"an empty text in a list", lane(`products = [""]`),
			[]string{`c.toml:8: lane[north].products[1]: is empty; write a text or remove it`},
		},
		{
			"an event that is no uuid", account(`events = ["1042"]`),
			[]string{`c.toml:5: account[lespass].events[1]: "1042" is not an event id; write the event's uuid, 36 characters such as "4b3a1d5e-7c52-4f0a-9a54-3d5f0f3c1a2b"`},
		},

		// Addresses.
		{
			"an address to listen on without a port", both("[admin]\nlisten = \"127.0.0.1\""),
			[]string{`c.toml:2: admin.listen: "127.0.0.1" is not an address to listen on; write HOST:PORT, such as "127.0.0.1:8640"`},
		},
		{
			"a port that is none", both("[admin]\nlisten = \"127.0.0.1:http\""),
			[]string{`c.toml:2: admin.listen: port "http" is not a number from 0 to 65535; write HOST:PORT, such as "127.0.0.1:8640"`},
		},
		{
			"a name to listen on", both("[admin]\nlisten = \"gate.example.org:1\""),
			[]string{`c.toml:2: admin.listen: host "gate.example.org" is not an address of this box; write an IP address, "localhost", or nothing before the colon for all addresses`},
		},
		{
			"a page open to the network without tls", both("[admin]\nlisten = \":8640\""),
			[]string{`c.toml:2: admin.listen: ":8640" is open to the network without tls; write listen = "127.0.0.1:8640", or tls = "self-signed"`},
		},
		{
			"a certificate without tls", both("[admin]\ncert_file = \"/c.pem\""),
			[]string{`c.toml:2: admin.cert_file: has no effect with tls = "off"; write tls = "files", or remove it`},
		},
		{
			"tls from files without files", both("[admin]\ntls = \"files\""),
			[]string{
				`c.toml:2: admin.cert_file: is missing though tls = "files"; add the path of the PEM file`,
				`c.toml:2: admin.key_file: is missing though tls = "files"; add the path of the PEM file`,
			},
		},
		{
			"a pairing host that allows a whole country", both("[pairing]\nallow_hosts = [\"*.org\", \"*\"]"),
			[]string{
				`c.toml:2: pairing.allow_hosts[1]: "*.org" would allow too much; write at least two parts behind "*.", such as "*.example.org"`,
				`c.toml:2: pairing.allow_hosts[2]: "*" is not a host; write a host such as "tickets.example.org", or "*.example.org" for all below it`,
			},
		},
		{
			"a url without a scheme", "[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \"a.example.org\"\n" + goodLane,
			[]string{`c.toml:4: account[a].url: is not a web address; write scheme and host, such as "https://tickets.example.org"`},
		},
		{
			"a url of another kind", "[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \"ftp://a.example.org\"\n" + goodLane,
			[]string{`c.toml:4: account[a].url: begins with "ftp"; write https:// and the host, such as "https://tickets.example.org"`},
		},
		{
			"a url with a password is not repeated", "[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \"https://u:s3cr3t@a.example.org\"\n" + goodLane,
			[]string{`c.toml:4: account[a].url: holds a user name or password; leave out all that stands before the @; secrets go into files`},
		},
		{
			"a pairing link as url is not repeated", "[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \"https://a.example.org/scan/s3cr3t/pair\"\n" + goodLane,
			[]string{`c.toml:4: account[a].url: says more than the address of the platform; write "https://a.example.org" only`},
		},
		{
			"a url with an impossible host", "[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \"https://a_b-.example.org\"\n" + goodLane,
			[]string{`c.toml:4: account[a].url: names no usable host; write a host name or address, such as "https://tickets.example.org"`},
		},
		{
			"a url with an impossible port", "[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \"https://a.example.org:70000\"\n" + goodLane,
			[]string{`c.toml:4: account[a].url: names a port that is out of range; write a port from 1 to 65535 or none`},
		},
		{
			"plain http to another machine", "[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \"http://a.example.org\"\n" + goodLane,
			[]string{`c.toml:4: account[a].url: plain http to another machine shows tickets and keys to everyone on the way; write https://, or insecure_http = true if that network is yours alone`},
		},
		{
			"a pin without tls", "[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \"http://127.0.0.1:8000\"\npin_sha256 = \"" + strings.Repeat("ab", 32) + "\"\n" + goodLane,
			[]string{`c.toml:5: account[a].pin_sha256: has no effect with an http:// url; write https:// in url, or remove it`},
		},
		{
			"a pin that is none", account(`pin_sha256 = "abc"`),
			[]string{`c.toml:5: account[lespass].pin_sha256: is not a SHA-256; write 64 hexadecimal digits, or the 44 characters of its base64`},
		},
		{
			"a reader of no kind", goodAccount + "[[lane]]\nname = \"north\"\nreader = \"usb:1\"\n",
			[]string{`c.toml:7: lane[north].reader: no reader is called this; write serial:PATH?baud=9600, hid:PATH or virtual: as the sample shows; gatescand readers lists what is plugged in`},
		},
		{
			"a reader whose fault knows its remedy", goodAccount + "[[lane]]\nname = \"north\"\nreader = \"serial:ttyACM0\"\n",
			[]string{`c.toml:7: lane[north].reader: a serial reader needs a path; write serial:/dev/serial/by-id/…`},
		},
		{
			"a signal of no kind", lane("[lane.signal]\nadmit = [\"gpio:gpiochip0/17\", \"horn\"]"),
			[]string{`c.toml:9: lane[north].signal.admit[2]: this release drives gpio only; write gpio:CHIP/LINE`},
		},

		// Contradictions and references.
		{
			"an unknown platform", "[[account]]\nname = \"a\"\nplatform = \"tibilet\"\nurl = \"https://a.example.org\"\nuser_id = \"7\"\n" + goodLane,
			[]string{`c.toml:3: account[a].platform: "tibilet" is not known here; did you mean "tibillet"?`},
		},
		{
			"a platform of another release", "[[account]]\nname = \"a\"\nplatform = \"stebby\"\nurl = \"https://a.example.org\"\n" + goodLane,
			[]string{`c.toml:3: account[a].platform: platform "stebby" is not part of this release; use a release that has it, or write "tibillet"`},
		},
		{
			"a key of another platform", account(`api_key_file = "/nowhere"`),
			[]string{`c.toml:5: account[lespass].api_key_file: belongs to platform "ticketsonic" or "stebby", not to "tibillet"; remove it`},
		},
		{
			"a pin and an authority", account("pin_sha256 = \"" + strings.Repeat("ab", 32) + "\"\nca_file = \"/nowhere/ca.pem\""),
			[]string{
				`c.toml:5: account[lespass].pin_sha256: contradicts ca_file: a pinned key needs no authority; keep one of the two`,
				`c.toml:6: account[lespass].ca_file: file /nowhere/ca.pem does not exist; create it or correct the path`,
			},
		},
		{
			"a list refused before it is stale", account(`stale_refuse_after = "5m"`),
			[]string{`c.toml:5: account[lespass].stale_refuse_after: 5m is before stale_after = "30m"; make it longer than stale_after, or "0s" for never`},
		},
		{
			"increments rarer than sweeps", account(`increment_every = "1h"`),
			[]string{`c.toml:5: account[lespass].increment_every: 1h is not shorter than sweep_every = "15m"; make it shorter than sweep_every, or "0s" for no increments`},
		},
		{
			"two accounts of one name", goodAccount + goodAccount + goodLane,
			[]string{`c.toml:6: account[2].name: "lespass" is the name of the account in line 1 already; give each its own name`},
		},
		{
			"two lanes of one name", goodAccount + goodLane + "[[lane]]\nname = \"north\"\nreader = \"virtual:\"\n",
			[]string{`c.toml:9: lane[2].name: "north" is the name of the lane in line 5 already; give each its own name`},
		},
		{
			"two lanes on one reader", goodAccount + goodLane + "[[lane]]\nname = \"south\"\nreader = \"serial:/dev/ttyACM0?baud=9600\"\n",
			[]string{`c.toml:10: lane[south].reader: is the reader of the lane in line 5 already; give each lane its own reader`},
		},
		{
			"a lane of an unknown account", lane(`accounts = ["lespas", "bar"]`),
			[]string{
				`c.toml:8: lane[north].accounts[1]: there is no account "lespas"; did you mean "lespass"?`,
				`c.toml:8: lane[north].accounts[2]: there is no account "bar"; write "lespass", or [] for all`,
			},
		},
		{
			"a lane of an account whose name is at fault", "[[account]]\nname = \"Le Spass\"\nplatform = \"tibillet\"\nurl = \"https://a.example.org\"\n" + goodLane + `accounts = ["Le Spass"]`,
			[]string{`c.toml:2: account[1].name: "Le Spass" cannot be a name; write 1 to 32 of a-z, 0-9, dot, - and _, beginning with a letter or digit`},
		},
		{
			"a lane of an account whose name is misspelled as a key", "[[account]]\nnam = \"a\"\nplatform = \"tibillet\"\nurl = \"https://a.example.org\"\n" + goodAccount + goodLane + `accounts = ["a"]`,
			[]string{`c.toml:2: account[1].nam: no such key; did you mean "name"?`},
		},
		{
			"an open page whose tls is at fault", both("[admin]\nlisten = \":8640\"\ntls = \"selfsigned\""),
			[]string{`c.toml:3: admin.tls: "selfsigned" is not known here; did you mean "self-signed"? It is one of "off", "self-signed" or "files"`},
		},
		{
			"a lane of an account that has another fault", "[[account]]\nname = \"a\"\nplatform = \"tibillet\"\nurl = \"\"\n" + goodLane + `accounts = ["a"]`,
			[]string{`c.toml:4: account[a].url: is empty; write the platform's address, such as "https://tickets.example.org"`},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, faults := parse(t, tt.text, testEnv())
			if diff := cmp.Diff(tt.want, lines(faults)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestKeysOfPlatformsAreNeededThereAndRefusedElsewhere(t *testing.T) {
	t.Parallel()
	of := func(platform, more string) string {
		return "[[account]]\nname = \"a\"\nplatform = \"" + platform + "\"\nurl = \"https://a.example.org/api/\"\n" + more + "\n" + goodLane
	}
	tests := []struct {
		name string
		text string
		want []string
	}{
		{
			"ticketsonic needs a user id and a key", of("ticketsonic", ""),
			[]string{
				`c.toml:1: account[a].user_id: is missing; add user_id = "promoter@example.org"`,
				`c.toml:1: account[a].api_key_file: is missing; add api_key_file = "/etc/gatescand/api-key"`,
			},
		},
		{
			"an empty path is a missing one", of("stebby", `api_key_file = ""`),
			[]string{`c.toml:1: account[a].api_key_file: is missing; add api_key_file = "/etc/gatescand/api-key"`},
		},
		{
			"bittan does not take another's keys", of("bittan", "keys_file = \"/k\"\napi_key_file = \"\"\npassword_file = \"/nowhere/pw\""),
			[]string{
				`c.toml:5: account[a].keys_file: belongs to platform "tibillet", not to "bittan"; remove it`,
				`c.toml:7: account[a].password_file: file /nowhere/pw does not exist; create it or correct the path`,
			},
		},
		{
			"an unsigned code proves nothing", of("stebby", "unlisted = \"admit\"\napi_key_file = \"/nowhere/key\""),
			[]string{
				`c.toml:5: account[a].unlisted: a code of stebby carries no signature that could prove a ticket; write "hold" or "refuse"`,
				`c.toml:6: account[a].api_key_file: file /nowhere/key does not exist; create it or correct the path`,
			},
		},
		{
			"a bare code may be recorded where the organiser says so", of("bittan", "unlisted = \"admit\"\npassword_file = \"/nowhere/pw\""),
			[]string{`c.toml:6: account[a].password_file: file /nowhere/pw does not exist; create it or correct the path`},
		},
		{
			"ticketsonic cannot be asked", of("ticketsonic", "ask = \"always\"\nuser_id = \"u\"\napi_key_file = \"/nowhere/key\""),
			[]string{
				`c.toml:5: account[a].ask: ticketsonic cannot be asked about a ticket; write "never", or remove it`,
				`c.toml:7: account[a].api_key_file: file /nowhere/key does not exist; create it or correct the path`,
			},
		},
		{
			"stebby has no events", of("stebby", "events = [\"42\"]\napi_key_file = \"/nowhere/key\""),
			[]string{
				`c.toml:5: account[a].events: stebby knows services and no events; remove it, and name the services in the products of a lane`,
				`c.toml:6: account[a].api_key_file: file /nowhere/key does not exist; create it or correct the path`,
			},
		},
		{
			"one event of bittan is named once", of("bittan", "events = [\"Spring ball\"]\nevent_title = \"Autumn ball\"\npassword_file = \"/nowhere/pw\""),
			[]string{
				`c.toml:6: account[a].event_title: contradicts events, which names titles as well; keep one of the two`,
				`c.toml:7: account[a].password_file: file /nowhere/pw does not exist; create it or correct the path`,
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, faults := parse(t, tt.text, allPlatforms())
			if diff := cmp.Diff(tt.want, lines(faults)); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
}

func TestTwentyFaultsAreReportedAtOnceInTheOrderOfTheFile(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/twenty.toml")
	if err != nil {
		t.Fatal(err)
	}
	_, perr := configs.Parse("twenty.toml", text, testEnv())
	if perr == nil {
		t.Fatal("a file with twenty faults is valid")
	}
	got := perr.Error() + "\n"
	if *update {
		if err := os.WriteFile("testdata/twenty.golden", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/twenty.golden")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("faults (-want +got):\n%s", diff)
	}
	if n := strings.Count(got, "\n"); n != 20 {
		t.Errorf("%d faults, want 20", n)
	}
}

func TestAFileThatIsSomethingElseIsAnsweredShortly(t *testing.T) {
	t.Parallel()
	var keys, sections, lists strings.Builder
	for i := 0; keys.Len() < 1<<20-32; i++ {
		fmt.Fprintf(&keys, "capacty%x = 1\n", i)
	}
	for i := 0; sections.Len() < 1<<20-64; i++ {
		fmt.Fprintf(&sections, "[[lane]]\nname = \"l%x\"\nreadr = 1\n", i)
	}
	for lists.Len() < 1<<20-64 {
		lists.WriteString("[{}],")
	}
	for name, text := range map[string]string{
		"a mebibyte of unknown keys":  keys.String(),
		"a mebibyte of unknown names": "[station]\n" + keys.String()[:1<<20-32],
		"a mebibyte of lanes":         sections.String(),
		"a mebibyte of lists":         "[[lane]]\nproducts = [" + lists.String() + "]",
		"a mebibyte of brackets":      "a = " + strings.Repeat("[", 1<<20-8),
		"a mebibyte of dots":          strings.Repeat("a.", 1<<19-8) + "a = 1",
		"a mebibyte of no keys":       strings.Repeat("=\n", 1<<19),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, faults := parse(t, text, testEnv())
			if len(faults) == 0 || len(faults) > 501 {
				t.Errorf("%d faults, want some and no more than 501", len(faults))
			}
		})
	}
}
