// Package reader is the contract between the hardware that yields codes and the lanes that decide them.
//
// It promises that a code reaches its lane exactly as the reader sent it, whole or not at all: a code cut short by an unplugged cable is
// dropped, a code longer than any ticket is handed over marked as such, and noise at any speed costs a fixed amount of memory. It promises
// that a reader which is unplugged, replaced, taken by another program or broken comes back by itself once the cause is gone, and that until
// then its [Status] says what is missing and what to try.
//
// It never decides anything about a code, never logs one, and knows no platform, no lane and no store. The drawers below it (serial,
// hid, camera, tcp, virtual) each hold one kind of hardware behind [Source]; [Supervisor] keeps one of them alive for ever; [Framer] cuts byte streams into
// codes; [ParseAddress] reads the addresses that stand in the configuration.
package reader
