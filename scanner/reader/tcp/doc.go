// Package tcp is the drawer for readers on the network: the daemon connects to HOST:PORT and reads a line per code. Fixed readers, serial device
// servers and small programs beside a camera offer their codes so.
//
// It promises that [Source.Run] returns within 300 ms of its context's end whatever the network does, that a peer which has vanished without a
// word is noticed within about 30 s, that a line without an end costs a fixed amount of memory, that a code which has been read whole is handed
// over also at the end, and that one cut off by a broken connection is dropped. It connects once; to connect again is the supervisor's business.
//
// The connection is neither encrypted nor authenticated: who can answer at that address can present codes, as somebody at the gate can, and no
// more.
package tcp
