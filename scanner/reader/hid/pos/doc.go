// Package pos is the drawer for readers that speak HID point of sale: they come as /dev/hidrawN and send a code as data, not as keys.
//
// It promises that a code is handed over whole or not at all: pieces are joined, a piece that is missing, damaged or of another code takes the
// whole code with it, and staff are told. What the reader answers to commands is never taken for a code. Whatever bytes come, memory stays
// bounded and the next honest code is read. [Source.Run] returns within 300 ms of its context's end even if the driver does not; a device whose
// driver holds on to it is abandoned once and never opened a second time beside itself. No two lanes and no two daemons share a reader: the
// kernel has no exclusive use of hidraw, so a lock on the node stands for it. Nothing that a reader would keep over a power cut is ever sent.
//
// Where in a report the code stands is up to each reader. Its report descriptor says so with the usages of the standard (USB-IF, HID Point of
// Sale Usage Tables 1.02, page 0x8C), and that is believed first. The forms of the makers in the table of profiles are for readers whose
// descriptor does not say it, or that are told by name to be of that make.
package pos
