// Package keyboard is the drawer for readers that type: keyboard wedges at an evdev node of the Linux input subsystem.
//
// It promises that a code is handed over whole or not at all: where the kernel lost events, where the cable was pulled in the middle, or where
// keys were down before the daemon came, everything up to the next end is thrown away, and said so when it may have been a code. No key that
// prints falls out of the middle of a code: where the layout has no character for it, U+FFFD stands. A reader is taken for this process alone, so
// that no code is typed into a console. Whatever is typed, and however fast, costs a bounded amount of memory.
//
// It promises nothing about which characters the reader meant: keys have positions, and the layout of the reader's setting must be the one of
// the address. For the case that they differ, a frame carries what the same keys mean in every other layout, for the lane to try.
//
// Keys become a code on one way: bytes of the node are parsed into events ([Parser]), events into strokes (key and modifiers), strokes into
// characters by a layout, and characters go through [reader.Framer] as the bytes of a serial reader do. All of it is pure, and [Type] is the
// way back.
package keyboard
