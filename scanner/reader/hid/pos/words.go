package pos

import (
	"bytes"
	"slices"

	"gatescand/scanner/reader"
)

// wordsOf puts the phrases into output reports.
//
// Good news is said in the make's own words where there are some: they are known to sound. Bad news is said by the error beep of the standard
// where the reader declares it, since it differs in tone and not only in number. Each stands in for the other where it is missing. Only reports
// that the descriptor declares are ever sent.
func wordsOf(p profile, d descriptor) map[reader.Phrase][][]byte {
	words := make(map[reader.Phrase][][]byte)
	put := func(phrase reader.Phrase, reports [][]byte) {
		if _, taken := words[phrase]; !taken && len(reports) > 0 {
			words[phrase] = reports
		}
	}
	put(reader.PhraseBad, flagReports(d, usageErrorBeep))
	for _, phrase := range []reader.Phrase{reader.PhraseOK, reader.PhraseBad} {
		put(phrase, declared(p.words[phrase], d))
	}
	put(reader.PhraseOK, flagReports(d, usageGoodReadBeep))
	return words
}

// declared gives the reports in their full length, or nothing when the descriptor has no such output report.
func declared(reports [][]byte, d descriptor) [][]byte {
	full := make([][]byte, 0, len(reports))
	for _, report := range reports {
		if d.outputLength(report[0]) < len(report) {
			return nil
		}
		full = append(full, padded(report, d))
	}
	return full
}

// padded copies a report and fills it up with NULs to the length that the descriptor gives it: a reader may wait for the rest.
func padded(report []byte, d descriptor) []byte {
	full := make([]byte, max(len(report), d.outputLength(report[0])))
	copy(full, report)
	return full
}

// flagReports sets one flag of the standard's trigger report, and takes it back where a flag stays as it was left. It gives nothing when the
// report also holds settings: they cannot be left out and would be overwritten.
func flagReports(d descriptor, flag usage) [][]byte {
	isOutput := func(f field) bool { return f.direction == output && f.size == 1 && f.app.barCode() }
	place, at, _, ok := d.find(flag, isOutput)
	if !ok {
		return nil
	}
	for _, f := range d.fields {
		if f.direction == output && f.report == place.report && !momentary(f) {
			return nil
		}
	}
	off := padded([]byte{place.report}, d)
	on := bytes.Clone(off)
	bit := byteBits + place.bit + at
	on[bit/byteBits] |= 1 << (bit % byteBits)
	const relative = 1 << 2 // HID 1.11, section 6.2.2.5
	if place.flags&relative != 0 {
		return [][]byte{on}
	}
	return [][]byte{on, off}
}

// momentary tells whether all a field holds are flags that ask for something at once and for nothing when they are 0.
func momentary(f field) bool {
	const constant = 1 << 0 // HID 1.11, section 6.2.2.5: padding
	if f.flags&constant != 0 {
		return true
	}
	harmless := []usage{
		usageUndefinedInBar, usagePowerOnReset, usagePreventRead, usageInitiateRead, usageErrorBeep, usageGoodReadBeep, usageNotOnFileBeep,
	}
	return f.size == 1 && len(f.usages) > 0 && !slices.ContainsFunc(f.usages, func(r usageRange) bool {
		return r.first != r.last || !slices.Contains(harmless, r.first)
	})
}
