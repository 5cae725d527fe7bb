package sound

import (
	"encoding/binary"
	"math"
	"time"

	"gatescand/device/signal"
)

// What the tones are made of: the rate and the channels that every sound device
// takes, and a loudness that leaves room for the overtones.
const (
	rate      = 48000
	channels  = 2
	loudness  = 0.55
	fade      = 6 * time.Millisecond // so that nothing clicks
	frameSize = channels * 2
)

// note is one stretch of a tone; a pitch of zero is silence.
type note struct {
	pitch  float64 // Hz
	length time.Duration
}

// melody says how a verdict sounds. They differ in rhythm as well as in pitch,
// for those who hear little of the one or the other, and none is so low that a
// small loudspeaker swallows it.
func melody(k signal.Kind) []note {
	const ms = time.Millisecond
	switch k {
	case signal.Admit: // rising, without a pause
		return []note{{880, 120 * ms}, {1318.5, 260 * ms}}
	case signal.Refuse: // low, twice
		return []note{{311, 260 * ms}, {0, 110 * ms}, {311, 340 * ms}}
	case signal.Hold: // three alike
		return []note{{660, 130 * ms}, {0, 120 * ms}, {660, 130 * ms}, {0, 120 * ms}, {660, 130 * ms}}
	}
	return nil
}

// Tone makes the WAV file of a verdict's tone: 16 bits, stereo, 48 kHz. The same
// verdict always gives the same bytes.
func Tone(k signal.Kind) []byte {
	var samples []byte
	for _, n := range melody(k) {
		frames := int(n.length * rate / time.Second)
		for i := range frames {
			v := uint16(n.sample(i, frames))
			for range channels {
				samples = binary.LittleEndian.AppendUint16(samples, v)
			}
		}
	}
	return wav(samples)
}

// sample is the note at its i-th frame: the pitch with two overtones, which
// carry a low one through a small loudspeaker.
func (n note) sample(i, frames int) int16 {
	if n.pitch == 0 {
		return 0
	}
	edge := int(fade * rate / time.Second)
	level := loudness * min(1, float64(min(i, frames-1-i))/float64(edge))
	phase := 2 * math.Pi * n.pitch * float64(i) / rate
	wave := (math.Sin(phase) + 0.4*math.Sin(2*phase) + 0.25*math.Sin(3*phase)) / 1.65
	return int16(math.Round(level * wave * math.MaxInt16))
}

// wav puts the header before 16-bit samples.
func wav(samples []byte) []byte {
	b := make([]byte, 0, 44+len(samples))
	b = append(b, "RIFF"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(36+len(samples)))
	b = append(b, "WAVEfmt "...)
	b = binary.LittleEndian.AppendUint32(b, 16)
	b = binary.LittleEndian.AppendUint16(b, formatPCM)
	b = binary.LittleEndian.AppendUint16(b, channels)
	b = binary.LittleEndian.AppendUint32(b, rate)
	b = binary.LittleEndian.AppendUint32(b, rate*frameSize)
	b = binary.LittleEndian.AppendUint16(b, frameSize)
	b = binary.LittleEndian.AppendUint16(b, 16)
	b = append(b, "data"...)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(samples)))
	return append(b, samples...)
}
