package serial

import (
	"io"
	"sync"
	"testing"
	"time"

	"gatescand/scanner/reader"
)

// hears wants that the next bytes the reader gets are these.
func (p *pty) hears(t *testing.T, want []byte) {
	t.Helper()
	if err := p.SetReadDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(want))
	if n, err := io.ReadFull(p, got); err != nil || string(got) != string(want) {
		t.Fatalf("the reader got % x (%v), want % x", got[:n], err, want)
	}
}

// listen reads what is said to the reader until it is unplugged, as a reader does that nobody looks at.
func (p *pty) listen(t *testing.T) {
	t.Helper()
	var listening sync.WaitGroup
	listening.Go(func() { _, _ = io.Copy(io.Discard, p) }) // it ends with the pty
	t.Cleanup(func() {
		_ = p.Close()
		listening.Wait()
	})
}

func TestPhrasesAreSaidInTheWordsOfTheMake(t *testing.T) {
	for _, profile := range Profiles() {
		if len(profile.OK) == 0 {
			continue
		}
		t.Run(profile.Name, func(t *testing.T) {
			p := newPTY(t)
			r := startUp(t, newSource(t, p.node, "?profile="+profile.Name))
			p.hears(t, profile.Hello)
			for _, phrase := range []reader.Phrase{reader.PhraseBad, reader.PhraseOK} {
				if err := r.Say(phrase); err != nil {
					t.Fatal(err)
				}
				p.hears(t, profile.Words(phrase))
			}
		})
	}
}

func TestPacketsAreAcknowledgedOnTheLine(t *testing.T) {
	p := newPTY(t)
	r := startUp(t, newSource(t, p.node, "?profile=zebra-ssi"))
	p.hears(t, ssiCommand(ssiParamSend, noBeep, paramPacketed, 1))
	p.scan(t, string(ssiFrom(ssiACK, 0)))
	p.scan(t, decodeData(0, 0x1c, "A1\r\n"))
	if f := r.next(t); string(f.Code) != "A1" || f.AIM != "]Q1" {
		t.Errorf("frame %q %q", f.AIM, f.Code)
	}
	p.hears(t, []byte(sentACK))
	garbled := []byte(decodeData(0, 0x1c, "B1"))
	garbled[5] ^= 1
	p.scan(t, string(garbled))
	p.hears(t, []byte(sentNAK))
	p.scan(t, decodeData(ssiRetransmit, 0x1c, "B1"))
	r.wants(t, "B1")
	p.hears(t, []byte(sentACK))
	p.scan(t, decodeData(ssiRetransmit, 0x1c, "B1"))
	p.hears(t, []byte(sentACK))
	p.scan(t, decodeData(0, 0x1c, "C1"))
	r.wants(t, "C1")
}

func TestWhatIsNoPacketIsSaidToStaff(t *testing.T) {
	p := newPTY(t)
	s := newSource(t, p.node, "?profile=zebra-ssi")
	notices := make(chan reader.Notice, 10)
	s.NotifyTo(func(n reader.Notice) { notices <- n })
	startUp(t, s)
	p.scan(t, "TICKET-1\r\n")
	select {
	case n := <-notices:
		if n.Kind != reader.NoticeDropped {
			t.Errorf("notice %v", n)
		}
	case <-time.After(patience):
		t.Error("nobody is told that the reader is set up wrongly")
	}
}

func TestAReaderOfPacketsThatTakesNoAnswersIsDeclaredDead(t *testing.T) {
	p := newPTY(t)
	r := startUp(t, newSource(t, p.node, "?profile=zebra-ssi"))
	packet := decodeData(0, 0, "A1")
	over := make(chan struct{})
	go func() { // codes without end, and nobody reads the acknowledgements
		defer close(over)
		for {
			if _, err := p.WriteString(packet); err != nil {
				return
			}
		}
	}()
	for {
		select {
		case <-r.frames:
			continue
		case err := <-r.ended:
			r.ended <- err
		case <-time.After(patience):
			t.Error("the port is never declared dead")
		}
		break
	}
	_ = r.end(t)
	p.unplug(t)
	<-over
}
