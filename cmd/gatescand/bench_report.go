package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// benchReport is what a run found.
type benchReport struct {
	Place   benchPlace    `json:"place"`
	Quick   bool          `json:"quick"`
	Figures []benchFigure `json:"figures"`
	Storage benchStorage  `json:"storage"`

	append50, append99 time.Duration
}

// benchFigure is one thing measured. Floor is what the same thing costs at
// least, measured in the same run; Ratio is Value to Floor; both are 0 where
// there is none. A Target is an upper limit, of the ratio when OfRatio, else
// of the value; 0 where nothing is promised.
type benchFigure struct {
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Unit    string  `json:"unit"` // ms, KiB or MiB, of Value and Floor
	Floor   float64 `json:"floor,omitempty"`
	Ratio   float64 `json:"ratio,omitempty"`
	Target  float64 `json:"target,omitempty"`
	OfRatio bool    `json:"target_is_ratio,omitempty"`
	Verdict string  `json:"verdict,omitempty"` // met or not met
	Detail  string  `json:"detail,omitempty"`
}

// The units of figures.
const (
	unitMillis = "ms"
	unitKiB    = "KiB"
	unitMiB    = "MiB"
	unitTimes  = "×"
)

const (
	verdictMet    = "met"
	verdictNotMet = "not met"
)

// benchStorage says whether the storage is fit for a gate.
type benchStorage struct {
	Fit    string `json:"fit"` // yes, slow or no
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

// millis gives a duration in milliseconds.
func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

// add completes a figure and takes it in.
func (r *benchReport) add(f benchFigure) {
	if f.Floor > 0 {
		f.Ratio = f.Value / f.Floor
	}
	if f.Target > 0 {
		held := f.Value
		if f.OfRatio {
			held = f.Ratio
		}
		f.Verdict = verdictNotMet
		if held <= f.Target {
			f.Verdict = verdictMet
		}
	}
	r.Figures = append(r.Figures, f)
}

// From which p99 of a durable append people at a gate wait for the storage.
const (
	appendSlow  = 50 * time.Millisecond
	appendUnfit = 500 * time.Millisecond
)

// judge says whether the storage is fit for a gate.
func (r *benchReport) judge() {
	p99 := r.append99.Round(10 * time.Microsecond)
	switch {
	case r.Place.FileSystem == "tmpfs" || r.Place.FileSystem == "ramfs":
		r.Storage = benchStorage{
			"no", "This storage is not fit for a gate: it is memory, and forgets every admission when the power goes.",
			"Put data_dir on a card or a disk, and measure that with --dir.",
		}
	case r.append99 > appendUnfit:
		r.Storage = benchStorage{
			"no", fmt.Sprintf("This storage is not fit for a gate: one durable write in a hundred takes longer than %v.", p99),
			"Use an SSD on USB or a card of class A2 (industrial, if you can); a full or worn card is slow as well.",
		}
	case r.append99 > appendSlow:
		r.Storage = benchStorage{
			"slow", fmt.Sprintf("This storage is usable for a gate, but slow: one durable write in a hundred takes longer than %v.", p99),
			"An SSD on USB or a card of class A2 makes the gate feel immediate.",
		}
	default:
		r.Storage = benchStorage{
			Fit:  "yes",
			Text: fmt.Sprintf("This storage is fit for a gate: of a hundred durable writes, ninety-nine take at most %v.", p99),
		}
	}
}

// text is the report for people.
func (r *benchReport) text() string {
	var b strings.Builder
	where := r.Place.Dir
	if r.Place.FileSystem != "" {
		where += fmt.Sprintf(" (%s on %s)", r.Place.FileSystem, r.Place.Device)
	}
	fmt.Fprintf(&b, "Measured in %s.\n\n", clean(where))
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprint(w, "figure\tvalue\tfloor\tratio\ttarget\tverdict\n") //nolint:errcheck // into memory
	for _, f := range r.Figures {
		fmt.Fprintln(w, f.row()) //nolint:errcheck // into memory
	}
	w.Flush() //nolint:errcheck,gosec // into memory
	b.WriteByte('\n')
	for _, f := range r.Figures {
		if f.Detail != "" {
			fmt.Fprintf(&b, "%s: %s.\n", f.Name, f.Detail)
		}
	}
	fmt.Fprintf(&b, "\n%s", r.Storage.Text)
	if r.Storage.Remedy != "" {
		fmt.Fprintf(&b, " %s", r.Storage.Remedy)
	}
	b.WriteByte('\n')
	return b.String()
}

// row is a figure as a row of the table.
func (f benchFigure) row() string {
	floor, ratio, target, verdict := "-", "-", "-", "-"
	if f.Floor > 0 {
		floor, ratio = amount(f.Floor, f.Unit), fmt.Sprintf("%.2f", f.Ratio)
	}
	if f.Target > 0 {
		verdict = f.Verdict
		target = "≤ " + fmt.Sprintf("%g %s", f.Target, f.Unit)
		if f.OfRatio {
			target = "≤ " + fmt.Sprintf("%g %s", f.Target, unitTimes)
		}
	}
	return strings.Join([]string{f.Name, amount(f.Value, f.Unit), floor, ratio, target, verdict}, "\t")
}

// amount gives a value with three digits that matter.
func amount(v float64, unit string) string {
	switch {
	case v >= 100:
		return fmt.Sprintf("%.0f %s", v, unit)
	case v >= 10:
		return fmt.Sprintf("%.1f %s", v, unit)
	case v > 0 && v < 0.1:
		return fmt.Sprintf("%.4f %s", v, unit)
	}
	return fmt.Sprintf("%.2f %s", v, unit)
}
