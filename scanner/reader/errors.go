package reader

import "errors"

// The classes of errors a [Source] returns. Each error wraps one of them and carries a sentence that names the path and says what to try.
var (
	// ErrAbsent: there is no device at the address. Plugging it in heals it.
	ErrAbsent = errors.New("reader not plugged in")
	// ErrPermission: the device is there and this user may not open it. Right after plugging in this is normal for a moment, until udev has
	// set the group.
	ErrPermission = errors.New("no permission to open the reader")
	// ErrBusy: somebody else uses the device, or, from [Talker.Talk], an earlier message is still on its way.
	ErrBusy = errors.New("reader in use")
	// ErrGone: the device was open and went away.
	ErrGone = errors.New("reader unplugged")
	// ErrStuck: the driver does not let go of the device. The device was abandoned; it is not opened a second time while the driver holds it.
	ErrStuck = errors.New("reader does not let go")
	// ErrFault: the device or its driver misbehaves in some other way.
	ErrFault = errors.New("reader fault")
	// ErrAddress: the address in the configuration is wrong, names nothing that can be a reader, or fits several devices.
	ErrAddress = errors.New("bad reader address")
	// ErrNoPhrase, from [Speaker.Say]: the device has no words for this, or nobody knows them.
	ErrNoPhrase = errors.New("the reader's words for this are not known")
	// ErrTooLong: more than [MaxTalk] bytes for [Talker.Talk].
	ErrTooLong = errors.New("message to the reader too long")
)
