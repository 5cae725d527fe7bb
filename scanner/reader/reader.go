package reader

import (
	"context"
	"time"
)

// MaxCode is the longest code in bytes that a reader hands over whole. The largest QR code holds 2,953 bytes; a reader that sends more
// without an end is broken or set up wrongly.
const MaxCode = 4096

// MaxTalk is the longest message in bytes that [Talker.Talk] accepts. Beeper and lamp commands of all known readers are far shorter.
const MaxTalk = 64

// Monotonic tells the time since an arbitrary origin that stays the same while the process lives. It never goes backwards and does not
// follow the wall clock. It is injected so that tests own the time.
type Monotonic func() time.Duration

// Frame is the bytes of one code as a reader delivered them, cleaned of terminators, with the time they came.
type Frame struct {
	// Code is the text of the code. Blanks at its ends are kept: whether they matter is the lane's business. The receiver owns it; no
	// reader touches it again. It may be empty only when the frame came with an AIM identifier and nothing else, or through the virtual
	// reader.
	Code []byte
	// At is the moment the code was complete: its terminator arrived, or, where silence ended it, its last byte.
	At time.Duration
	// AIM is the symbology identifier the reader put in front ("]Q1"), already taken off Code; "" if there was none. "]Q0" to "]Q6" are QR
	// codes; anything else is another symbology or a reply of the device itself ("]X0", "]Z6"), which a lane may refuse.
	AIM string
	// Overlong says that more than [MaxCode] bytes came without an end. Code holds the first of them only. Such a frame must be answered
	// as unreadable and never be decided.
	Overlong bool
	// End is what ended the code, "" where that is not known. Nothing is decided by it: it is for whoever sets a reader up.
	End Ending
	// Layout is the keyboard layout that Code was read by ("us"), for a reader that types; "" for all others.
	Layout string
	// Readings are what the same keys mean where the reader is set to another layout than the daemon, each different from Code and from one
	// another, likeliest first. They are for a code that nobody recognises: one of them may prove itself by its signature.
	Readings []Reading
}

// Reading is a code read from the same keys in another way.
type Reading struct {
	// Layout is the layout of this reading.
	Layout string
	// CapsLock says that capitals and small letters are exchanged in it, as by a reader that minds the caps lock of the host.
	CapsLock bool
	Code     []byte
}

// Ending is what ended a code.
type Ending string

// The endings. A [Framer] tells CR LF from CR where it waits for both: in the modes crlf, lf and idle. In the mode auto CR ends the code at once,
// and the LF behind it is not waited for.
const (
	EndCR      Ending = "cr"
	EndLF      Ending = "lf"
	EndCRLF    Ending = "crlf"
	EndTab     Ending = "tab"
	EndETX     Ending = "etx"
	EndSilence Ending = "silence"
	// EndReport: the message that brought the code has an end of its own, as those of a HID point-of-sale reader have.
	EndReport Ending = "report"
)

// Source is one reader drawer: the driver of one piece of hardware.
//
// Run opens the device, calls up once it is open and what was left over from before has been thrown away, hands every code to emit in the
// order it came, and returns when ctx ends (with ctx's error or nil) or the device is gone or broken (with an error of one of the classes
// Err…). It has closed the device when it returns, or says with [ErrStuck] that it could not. It returns soon after ctx has ended: a drawer
// states its bound. up and emit are called on Run's own goroutine and never after Run has returned; while emit is busy further codes wait in
// the device, so emit should only queue.
//
// Run may be called again after it has returned, never twice at once. A Source never retries by itself: the [Supervisor] does.
type Source interface {
	Run(ctx context.Context, up func(), emit func(Frame)) error
}

// Talker is a [Source] whose device can be told something, such as a beep.
type Talker interface {
	// Talk queues b, at most [MaxTalk] bytes, to be written to the device, and returns at once. It copies b. Errors: [ErrAbsent] when the
	// device is not open, [ErrBusy] when an earlier message still waits, [ErrTooLong]. Talk is safe for concurrent use; that the bytes
	// were queued does not say that the device has understood them.
	Talk(b []byte) error
}

// Hearer is a [Talker] that can tell ahead whether its device takes bytes at all, because that depends on what is at the address.
type Hearer interface {
	// Talks is false when bytes for this device would be refused always. It is true as long as that is not known. It is safe for concurrent
	// use.
	Talks() bool
}

// Phrase is something a lane says through a reader's own beeper and lamps.
type Phrase string

// The phrases. Every profile of a reader puts them into its own bytes, or leaves out what the reader cannot say.
const (
	PhraseOK  Phrase = "ok"
	PhraseBad Phrase = "bad"
)

// Speaker is a [Source] that knows the words of its device.
type Speaker interface {
	// Say queues a phrase as [Talker.Talk] does, with the same errors, and gives [ErrNoPhrase] when the device has no words for it.
	Say(p Phrase) error
	// Speaks tells ahead whether the device has words for p.
	Speaks(p Phrase) bool
}

// NoticeKind is what a notice is about.
type NoticeKind string

// The kinds of notice.
const (
	// NoticeDropped: something that may have been a code was thrown away, because part of it was lost on the way here.
	NoticeDropped NoticeKind = "dropped"
	// NoticeUnread: something was shown of which no code, or not every code, could be read. Nothing was lost on the way here.
	NoticeUnread NoticeKind = "unread"
	// NoticeChanged: another device than the first answers at the address, or the same one as something else. It stands until
	// [NoticeRestored], or until the supervisor is started anew and takes the device that is there for the first.
	NoticeChanged NoticeKind = "changed"
	// NoticeRestored: after NoticeChanged, the first device answers again.
	NoticeRestored NoticeKind = "restored"
)

// Notice is something that is no code and no failure, and that staff should know.
type Notice struct {
	Kind NoticeKind
	// Detail is for the operator: what happened, and what to try. It never holds a code.
	Detail string
}

// Noticer is a [Source] that has notices. NotifyTo is called once, before Run; notify is then called on Run's own goroutine.
type Noticer interface {
	NotifyTo(notify func(Notice))
}

// Locator is a [Source] that lives at a path. Its supervisor watches that path, so that a device plugged in is seen at once.
type Locator interface {
	// Path is the absolute path of the device, possibly a glob.
	Path() string
}

// Describer is a [Source] that can say which piece of hardware it has open.
type Describer interface {
	// Describe names the device that is open ("USB 0c2e:0b61 Honeywell Voyager, serial 1234"), or "" when nothing is known. It is called
	// from within up.
	Describe() string
}
