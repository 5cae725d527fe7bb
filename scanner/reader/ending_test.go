package reader_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"gatescand/scanner/reader"
)

func TestAFrameSaysWhatEndedIt(t *testing.T) {
	for _, row := range []struct {
		name, frame, in string
		want            []reader.Ending
	}{
		{"auto: CR", "auto", "A1\r", []reader.Ending{reader.EndCR}},
		{"auto: the LF behind a CR is not waited for", "auto", "A1\r\nB1\r\n", []reader.Ending{reader.EndCR, reader.EndCR}},
		{"auto: LF", "auto", "A1\n", []reader.Ending{reader.EndLF}},
		{"auto: TAB", "auto", "A1\t", []reader.Ending{reader.EndTab}},
		{"auto: ETX", "auto", "\x02A1\x03", []reader.Ending{reader.EndETX}},
		{"auto: silence", "auto", "A1", []reader.Ending{reader.EndSilence}},
		{"cr: CR", "cr", "A1\r", []reader.Ending{reader.EndCR}},
		{"lf: LF alone", "lf", "A1\n", []reader.Ending{reader.EndLF}},
		{"lf: LF behind a CR", "lf", "A1\r\n", []reader.Ending{reader.EndCRLF}},
		{"crlf: both", "crlf", "A1\r\n", []reader.Ending{reader.EndCRLF}},
		{"idle: CR", "idle:50ms", "A1\r", []reader.Ending{reader.EndCR}},
		{"idle: LF", "idle:50ms", "A1\n", []reader.Ending{reader.EndLF}},
		{"idle: CR LF", "idle:50ms", "A1\r\n", []reader.Ending{reader.EndCRLF}},
		{"idle: TAB", "idle:50ms", "A1\t", []reader.Ending{reader.EndTab}},
		{"idle: ETX", "idle:50ms", "\x02A1\x03", []reader.Ending{reader.EndETX}},
		{"idle: silence", "idle:50ms", "A\r1", []reader.Ending{reader.EndSilence}},
	} {
		t.Run(row.name, func(t *testing.T) {
			f, got := framer(t, row.frame), &collector{}
			f.Push(0, []byte(row.in), got.emit)
			f.Tick(ms(500), got.emit)
			var ends []reader.Ending
			for _, frame := range got.frames {
				ends = append(ends, frame.End)
			}
			if diff := cmp.Diff(row.want, ends); diff != "" {
				t.Errorf("endings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAMessageWithAnEndOfItsOwnSaysSo(t *testing.T) {
	f, got := framer(t, "auto"), &collector{}
	f.Push(0, []byte("A1"), got.emit)
	f.Flush(got.emit)
	if len(got.frames) != 1 || got.frames[0].End != reader.EndReport {
		t.Errorf("frames %+v, want one that ended with its report", got.frames)
	}
}
