package serial

import (
	"time"

	"gatescand/scanner/reader"
)

const (
	// ssiAgain is how long after a packet its copy may come: the reader repeats what was not acknowledged at most twice, each time after at most
	// 9.9 s.
	ssiAgain = 10 * time.Second
	// ssiPause is the longest pause between two packets of one code. The reader waits 2 s for an acknowledgement unless set otherwise.
	ssiPause = 3 * time.Second
	// ssiTell is the shortest time between two notices.
	ssiTell = time.Minute
	// ssiNoise is how many bytes outside of packets are still a disturbance of the line and no text.
	ssiNoise = 4
)

// ssi is the stream of a reader that sends its codes in packets. Packets say where they end and whether they are whole, so that no terminator
// and no silence has a part in it but this: a packet whose rest does not come is no packet.
//
// What is not a packet is passed over byte by byte until one begins. A packet of the right form and the wrong checksum is asked for again. A
// code is acknowledged once it has been handed over, each packet of a long one when it has been kept; the copy of a packet that was
// acknowledged is acknowledged again and is otherwise nothing.
type ssi struct {
	gap   time.Duration
	held  []byte
	heard time.Duration // when the latest byte came

	code    *reader.Framer // gathers one code
	partial bool           // a code has begun whose last packet has not come
	kind    byte           // the bar code type of its first packet
	touched time.Duration  // when its latest packet came

	last   ssiPacket // the latest packet that was kept
	lastAt time.Duration
	noise  int  // bytes passed over since the latest silence or whole packet that are no part of one that was asked for again
	asked  bool // a packet was asked for again since then

	told   bool
	toldAt time.Duration
}

func newSSI(gap time.Duration) *ssi {
	if gap <= 0 {
		gap = reader.DefaultGap
	}
	return &ssi{gap: gap, held: make([]byte, 0, ssiMax), code: reader.NewFramer(reader.Framing{Mode: reader.ModeIdle})}
}

// Push takes bytes.
func (s *ssi) Push(at time.Duration, b []byte, out outlet) {
	if len(b) == 0 {
		return
	}
	s.heard = at
	for len(b) > 0 {
		n := min(len(b), ssiMax) // so that little is held whatever comes
		s.held = append(s.held, b[:n]...)
		b = b[n:]
		s.parse(at, false, out)
	}
}

// Tick takes silence.
func (s *ssi) Tick(now time.Duration, out outlet) {
	if now-s.heard >= s.gap {
		s.parse(s.heard, true, out)
		if s.noise > ssiNoise {
			s.tell(now, "bytes came that are no SSI packets: set the reader to SSI host, or take profile="+profileZebraSSI+" out of its address", out)
		}
		s.noise, s.asked = 0, false
	}
	s.abandon(now, out)
}

// Desync forgets what is unfinished.
func (s *ssi) Desync() {
	s.held, s.noise, s.asked, s.last = s.held[:0], 0, false, ssiPacket{}
	s.drop()
}

// parse takes all packets out of what is held. When the rest of the last one will not come, it is passed over.
func (s *ssi) parse(at time.Duration, over bool, out outlet) {
	i := 0
	for i < len(s.held) {
		n := ssiSize(s.held[i:])
		if !over && (n == more || n > len(s.held)-i) {
			break
		}
		if n <= 0 || n > len(s.held)-i {
			if n > 0 && carriesCode(s.held[i+1]) {
				s.refuse(out)
			}
			i++
			s.pass()
			continue
		}
		p, whole := parseSSI(s.held[i : i+n])
		if !whole {
			s.refuse(out)
			i++
			continue
		}
		i += n
		s.noise, s.asked = 0, false
		s.take(at, p, out)
	}
	s.held = s.held[:copy(s.held, s.held[i:])]
}

// take handles one whole packet. Answers to commands need no answer.
func (s *ssi) take(at time.Duration, p ssiPacket, out outlet) {
	if !carriesCode(p.opcode) && p.opcode != ssiEvent {
		return
	}
	if carriesCode(p.opcode) && !s.again(at, p) {
		s.decode(at, p, out)
	}
	out.reply(ssiCommand(ssiACK))
}

func carriesCode(opcode byte) bool { return opcode == ssiDecodeData || opcode == ssiDecodeLong }

// refuse asks for a packet again. What comes again then is none that was kept.
func (s *ssi) refuse(out outlet) {
	out.reply(ssiCommand(ssiNAK, nakResend))
	s.last, s.asked = ssiPacket{}, true
}

// pass counts a byte that is passed over.
func (s *ssi) pass() {
	if !s.asked {
		s.noise++
	}
}

// again tells whether a packet is a copy of the one before, and remembers it.
func (s *ssi) again(at time.Duration, p ssiPacket) bool {
	copied := p.status&ssiRetransmit != 0 && p.same(s.last) && at-s.lastAt <= ssiAgain
	s.lastAt = at
	if !copied {
		s.last = ssiPacket{opcode: p.opcode, status: p.status, data: append(s.last.data[:0], p.data...)}
	}
	return copied
}

// decode adds a packet's data to the code, and hands it over when it was the last. The bar code type before the data is not part of the code;
// in the later packets of a code it may be left out.
func (s *ssi) decode(at time.Duration, p ssiPacket, out outlet) {
	emit := func(f reader.Frame) {
		if f.AIM == "" {
			f.AIM = ssiAIM(s.kind)
		}
		out.frame(f)
	}
	data := p.data
	switch {
	case len(data) == 0:
	case !s.partial:
		s.kind, data = data[0], data[1:]
	case data[0] == s.kind:
		data = data[1:]
	}
	s.code.Push(at, data, emit)
	s.partial, s.touched = p.status&ssiContinues != 0, at
	if !s.partial {
		s.code.Flush(emit)
	}
}

// abandon drops a code whose next packet has not come for too long.
func (s *ssi) abandon(now time.Duration, out outlet) {
	if s.partial && now-s.touched > ssiPause {
		s.drop()
		s.tell(now, "the last part of a long code did not come: present it again; if that happens often, check the reader's cable", out)
	}
}

func (s *ssi) drop() {
	s.code.Drop()
	s.partial = false
}

// tell gives a notice, not too often.
func (s *ssi) tell(now time.Duration, detail string, out outlet) {
	if s.told && now-s.toldAt < ssiTell {
		return
	}
	s.told, s.toldAt = true, now
	out.notice(reader.Notice{Kind: reader.NoticeDropped, Detail: detail})
}
