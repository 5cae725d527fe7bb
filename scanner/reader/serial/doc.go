// Package serial is the drawer for readers on a serial port: USB readers in serial mode (ttyACM, ttyUSB), RS-232 adapters and the UART.
//
// It promises that a timeout is never taken for an unplugged cable nor the other way round, that a vanished port is let go of at once, that no
// two lanes and no two programs share a port unnoticed, and that [Source.Run] returns within 300 ms of its context's end even if the driver
// does not. A port whose driver holds on to it is abandoned once and never opened a second time beside itself.
//
// The rules it follows were measured on ptys, ftdi_sio and cdc_acm. A read with a timeout returns (0, io.EOF) both when nothing came for 100 ms
// and, at once and for ever, when the device is gone; Close does not wake a blocked Read but waits for it. So one goroutine owns the port: it
// opens it, reads it, probes it with an empty write, and alone closes it.
//
// What is known of a make of reader stands in the table of [Profiles] and is used only when the address says profile=NAME. Then the reader's
// replies are kept out of the codes, and [Source.Say] has the reader say "ok" or "bad" with its own beeper. Nothing that is said to a reader is
// kept in its memory. A code that looks like a reply, a packet or a setting can confuse nothing but itself.
package serial
