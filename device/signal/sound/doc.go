// Package sound plays short tones and WAV files through ALSA's aplay, run as a
// child.
//
// It promises that a sound never outlives its time: the child is a process group
// of its own, is ended when its time is over, when a newer sound of the same
// [Player] begins or when the signals stop, and is always waited for. The newest
// verdict is what counts, so a sound that still plays makes place. Files are
// read and checked once, when the sound is made, and are bounded in size and
// length. What cannot be played is an error of that sound and nothing else.
//
// It sets no volume and waits for no sound server: that is the business of
// whoever sets up the box (alsamixer, /etc/asound.conf).
package sound
