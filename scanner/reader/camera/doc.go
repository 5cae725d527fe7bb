// Package camera is the drawer for readers that look: a folder in which pictures appear, a USB camera, and the camera at the ribbon connector
// of a Raspberry Pi.
//
// It promises that a code comes out byte for byte as it was printed, or not at all; that a picture made to keep the decoder busy costs as
// little as any other; that what is handed over was seen a moment ago, however slow the box is, since frames that come while one is being
// decoded are dropped and never queued; that two tickets in view do not take turns by chance; and that a camera which stops giving pictures is
// reported as one. It gives back whatever it opened: descriptors, buffers, and the child process with its whole group.
//
// A code that stays in view is handed over again every [Repeat]. The lane it serves must hold off re-reads for twice as long at least, or one
// ticket held still counts as several; the option hold_off of the camera's own address is about something else, the codes beside the one
// presented.
//
// It reads QR codes only. It never writes into the folder it watches, never takes pictures away from it, and never runs a program other than
// rpicam-vid. It keeps no picture and tells nobody the name of a file, which may hold a name.
//
// A reader made for codes beats a camera at a gate: it brings its own light and aims itself. The camera is for where there is none.
package camera
