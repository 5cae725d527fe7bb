// Package hid is the drawer for readers at addresses of kind hid: readers that type, and HID point-of-sale readers.
//
// Which of the two a reader is depends on a setting of the reader, and is seen from the node that is there when it is opened. The package promises
// that the same address works for both, as long as its path leads there, and that a device of neither kind is refused by a sentence that says
// what it is. What each kind promises stands in its own package, keyboard and pos; this one only finds out which is meant, and passes on what
// the lane says and asks to the one that is open.
package hid
