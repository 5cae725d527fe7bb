// Package inventory tells what is plugged into this box that could be a reader, and what to write into the configuration to use it.
//
// It promises to look and never to touch: no device is opened, so neither a reader in use nor a technician's keyboard notices. Everything comes
// from sysfs and from the links that udev makes, names that devices give themselves are cleaned before they are handed on, and a device that
// goes away while it is being looked at is simply not there. It proposes the address that survives: by the name of the device where that is
// its own, by its port where two devices bear one name.
//
// It knows no lane's rules and opens no reader; who wants to see a code come opens the address found here.
package inventory
