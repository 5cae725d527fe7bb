package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"gatescand/scanner/reader"
	"gatescand/scanner/reader/inventory"
)

// readersTool lists what is plugged in and listens to it.
type readersTool struct {
	*app
	roots inventory.Roots
	open  func(address string, now reader.Monotonic) (reader.Source, error)
	mono  reader.Monotonic
}

const (
	defaultLearning = 60
	longestLearning = 3600
)

func (a *app) readersCommand() *cobra.Command {
	began := time.Now()
	tool := &readersTool{app: a, open: newSource, mono: func() time.Duration { return time.Since(began) }}
	learn, seconds := false, 0
	cmd := &cobra.Command{
		Use: "readers [--learn [ADDRESS...]]", Short: "List the readers that are plugged in, and learn how one is set up",
		Long: "Lists what is plugged in and could be a reader, with the address to write into the\n" +
			"configuration. Opens nothing.\n\n" +
			"With --learn it opens every reader that no lane holds, waits for a code and says which\n" +
			"reader it came from, what ends its codes and, of one that types, which keyboard layout\n" +
			"it is set to. Name addresses to listen to those only, also to what does not look like a\n" +
			"reader. The code itself is not shown. Ends with 4 when nothing was scanned in time.",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case !learn && len(args) > 0:
				return usagef("%q is not known to %q; to listen to it: gatescand readers --learn %q", args[0], cmd.CommandPath(), args[0])
			case !learn && cmd.Flags().Changed("seconds"):
				return usagef("--seconds goes with --learn")
			case seconds < 1 || seconds > longestLearning:
				return usagef("--seconds %d: write a number from 1 to %d", seconds, longestLearning)
			case learn:
				return tool.learn(cmd.Context(), args, time.Duration(seconds)*time.Second)
			}
			return tool.list()
		},
	}
	cmd.Flags().BoolVar(&learn, "learn", false, "wait for a code and say which reader it came from and how that is set up")
	cmd.Flags().IntVar(&seconds, "seconds", defaultLearning, "how long --learn waits")
	return cmd
}

// look finds what is plugged in, which lanes use it, and which lanes have nothing.
func (r *readersTool) look() (devices []inventory.Device, missing []inventory.Lane, err error) {
	devices, err = inventory.Scan(r.roots)
	if err != nil {
		return nil, nil, err
	}
	return devices, r.roots.Assign(devices, r.lanes()), nil
}

// lanes gives the lanes of the configuration, none where there is no configuration yet. A reader is looked for before a configuration is
// right, so one with faults is no obstacle.
func (r *readersTool) lanes() []inventory.Lane {
	cfg, err := r.load()
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			r.remark("%s cannot be used, so it is not said which lane uses what; see: gatescand check --config-only", r.config)
		}
		return nil
	}
	lanes := make([]inventory.Lane, 0, len(cfg.Lanes))
	for _, l := range cfg.Lanes {
		lanes = append(lanes, inventory.Lane{Name: l.Name, Address: l.Reader})
	}
	return lanes
}

// remark says something beside the output.
func (r *readersTool) remark(format string, args ...any) {
	fmt.Fprintf(r.err, format+"\n", args...) //nolint:errcheck // there is nowhere else to say it
}

func (r *readersTool) list() error {
	devices, missing, err := r.look()
	if err != nil {
		return err
	}
	if r.json {
		return r.printJSON(plugged(devices, missing))
	}
	return r.say("%s", pluggedText(devices, missing))
}

// pluggedText is the list for people.
func pluggedText(devices []inventory.Device, missing []inventory.Lane) string {
	var b, others lines
	found := 0
	for _, d := range devices {
		if d.Looks == inventory.LooksOther && len(d.Lanes) == 0 {
			others.add("no reader  %-8s  %s: %s", d.Kind, clean(d.What()), clean(d.Reason))
			continue
		}
		if d.Looks == inventory.LooksReader || d.USB() || len(d.Lanes) > 0 {
			found++ // a port of the board is there whether a reader is wired to it or not
		}
		b.add("%-10s %-8s  %s", d.Looks, d.Kind, clean(d.What()))
		b.add("           why       %s", clean(d.Reason))
		b.add("           address   %s", clean(d.Address))
		b.add("           state     %s", clean(useOf(d)))
		if d.Note != "" {
			b.add("           note      %s", clean(d.Note))
		}
	}
	b.WriteString(others.String())
	for _, l := range missing {
		b.add("missing    lane %s has no reader: nothing is plugged in at %s", clean(l.Name), clean(l.Address))
	}
	if found == 0 {
		b.WriteString(nothingPlugged)
	}
	return b.String()
}

// nothingPlugged says what to look at when there is no reader.
const nothingPlugged = `no reader is plugged in that this box can see. Look at these, in this order:
  - the cable: does the reader have light, does it beep when it is plugged in?
  - the list of lsusb: does a line appear when the reader is plugged in? If not: another cable, another port, a powered hub
  - the reader's mode: scan its manual's code for "USB serial (virtual COM port)", or "HID POS", or "USB keyboard"
  - a reader on wires needs the serial port of the board: on a Raspberry Pi switch it on with raspi-config
`

// useOf says whether a device is free.
func useOf(d inventory.Device) string {
	switch {
	case len(d.Lanes) > 1:
		return "two lanes name it, and only one can have it: " + strings.Join(d.Lanes, ", ") + ": correct the reader of the others"
	case d.Access.State == inventory.AccessDenied && len(d.Lanes) == 1:
		return "used by lane " + d.Lanes[0] + "; this user may not open it: " + d.Access.Remedy
	case len(d.Lanes) == 1:
		return "used by lane " + d.Lanes[0]
	case d.Access.State == inventory.AccessDenied:
		return "may not be opened: " + d.Access.Remedy
	case d.Access.State == inventory.AccessGone:
		return "just unplugged"
	}
	return "free"
}
