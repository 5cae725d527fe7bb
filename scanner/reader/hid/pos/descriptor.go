package pos

import (
	"errors"
	"fmt"
	"slices"
)

// Bounds of the kernel, which makes no hidraw node for a device beyond them: HID_MAX_DESCRIPTOR_SIZE and HID_MAX_BUFFER_SIZE in
// include/linux/hid.h. maxDepth is ours, for nested collections and pushed states each.
const (
	maxDescriptor = 4096  // bytes
	maxReport     = 16384 // bytes
	maxDepth      = 64
)

// errDescriptor: the bytes are no report descriptor.
var errDescriptor = errors.New("report descriptor damaged")

// direction is the way a report goes.
type direction byte

// The directions.
const (
	input direction = iota
	output
	feature
)

// usageRange is a run of usages, both ends included.
type usageRange struct{ first, last usage }

// len is the number of usages, or more than any report has elements.
func (r usageRange) len() int { return int(min(r.last-r.first, maxReport*8)) + 1 }

// field is one main item: count elements of size bits each, side by side.
type field struct {
	direction direction
	report    byte // report id, 0 where reports have none
	app       usage
	bit       int // where it begins, behind the report id
	size      int // bits of one element
	count     int
	flags     uint32
	usages    []usageRange
}

// index finds the first element that has the usage, and how many elements from there on have it. The last usage of an item stands for all
// elements that are left (HID 1.11, section 6.2.2.8).
func (f field) index(u usage) (at, run int, ok bool) {
	pos := 0
	for i, r := range f.usages {
		if r.first <= u && u <= r.last {
			if uint64(pos)+uint64(u-r.first) >= uint64(f.count) {
				return 0, 0, false
			}
			at = pos + int(u-r.first)
			if u == r.last && i == len(f.usages)-1 {
				return at, f.count - at, true
			}
			return at, 1, true
		}
		pos += r.len()
		if pos >= f.count {
			break
		}
	}
	return 0, 0, false
}

// reportKey names one report of a device.
type reportKey struct {
	direction direction
	id        byte
}

// descriptor is what a report descriptor says, as far as it matters here.
type descriptor struct {
	// numbered says that every report begins with a byte of report id.
	numbered bool
	apps     []usage
	fields   []field
	bits     map[reportKey]int
}

// outputLength gives the length of an output report as hidraw takes it, which is with a byte of report id in front even where reports have none;
// 0 when there is no such report.
func (d descriptor) outputLength(id byte) int {
	bits := d.bits[reportKey{output, id}]
	if bits == 0 {
		return 0
	}
	return 1 + (bits+byteBits-1)/byteBits
}

// start is the bit at which the fields of a report begin.
func (d descriptor) start() int {
	if d.numbered {
		return 8
	}
	return 0
}

// find gives the first of the fields to keep that has the usage. A usage of the bar code page is also found where the reader has it on its
// maker's page.
func (d descriptor) find(u usage, keep func(field) bool) (f field, at, run int, ok bool) {
	for _, f := range d.fields {
		if !keep(f) {
			continue
		}
		if at, run, ok := f.index(u); ok {
			return f, at, run, true
		}
		if u.page() != pageBarCode {
			continue
		}
		if at, run, ok := f.index(pageOldBarCode<<16 | usage(u.id())); ok {
			return f, at, run, true
		}
	}
	return field{}, 0, 0, false
}

// barCodeApp tells whether there is an application collection of the bar code scanner page.
func (d descriptor) barCodeApp() bool { return slices.ContainsFunc(d.apps, usage.barCode) }

// globals is the state that lasts from item to item and that Push saves.
type globals struct {
	page, size, count uint32
	report            byte
}

// localUsage is a usage as it stands in the descriptor. The page is added when the main item comes, unless it was coded with it.
type localUsage struct {
	first, last uint32
	whole       bool
}

// walker walks over a descriptor.
type walker struct {
	descriptor
	globals globals
	pushed  []globals
	// collections holds for each open collection the application it is part of.
	collections []usage
	locals      []localUsage
	minimum     item
}

// parseDescriptor reads a report descriptor. What it does not understand it passes over, as the kernel does; errors are of class errDescriptor
// and mean that nothing behind the fault can be trusted.
func parseDescriptor(b []byte) (descriptor, error) {
	if len(b) > maxDescriptor {
		return descriptor{}, fmt.Errorf("%w: %d bytes", errDescriptor, len(b))
	}
	w := walker{descriptor: descriptor{bits: make(map[reportKey]int)}}
	for len(b) > 0 {
		it, rest, ok := nextItem(b)
		if !ok {
			return descriptor{}, fmt.Errorf("%w: it ends in the middle of an item", errDescriptor)
		}
		if err := w.take(it); err != nil {
			return descriptor{}, err
		}
		b = rest
	}
	return w.descriptor, nil
}

func (w *walker) take(it item) error {
	switch it.kind {
	case itemMain:
		err := w.takeMain(it)
		w.locals, w.minimum = nil, item{}
		return err
	case itemGlobal:
		return w.takeGlobal(it)
	case itemLocal:
		w.takeLocal(it)
	case itemLong:
	}
	return nil
}

func (w *walker) takeMain(it item) error {
	switch it.tag {
	case tagInput:
		return w.addField(input, it.value)
	case tagOutput:
		return w.addField(output, it.value)
	case tagFeature:
		return w.addField(feature, it.value)
	case tagCollection:
		return w.openCollection(it.value)
	case tagEndCollection:
		if len(w.collections) == 0 {
			return fmt.Errorf("%w: a collection ends that never began", errDescriptor)
		}
		w.collections = w.collections[:len(w.collections)-1]
	}
	return nil
}

func (w *walker) openCollection(kind uint32) error {
	if len(w.collections) >= maxDepth {
		return fmt.Errorf("%w: collections too deep", errDescriptor)
	}
	const application = 1
	app := w.app()
	if kind == application {
		if usages := w.usages(); len(usages) > 0 {
			app = usages[0].first
		}
		w.apps = append(w.apps, app)
	}
	w.collections = append(w.collections, app)
	return nil
}

func (w *walker) app() usage {
	if len(w.collections) == 0 {
		return 0
	}
	return w.collections[len(w.collections)-1]
}

func (w *walker) addField(dir direction, flags uint32) error {
	key := reportKey{dir, w.globals.report}
	begin := w.bits[key]
	bits := uint64(w.globals.size) * uint64(w.globals.count)
	if uint64(begin)+bits > maxReport*8 {
		return fmt.Errorf("%w: a report of more than %d bytes", errDescriptor, maxReport)
	}
	if bits == 0 {
		return nil
	}
	w.bits[key] = begin + int(bits)
	w.fields = append(w.fields, field{
		direction: dir, report: w.globals.report, app: w.app(),
		bit: begin, size: int(w.globals.size), count: int(w.globals.count), flags: flags, usages: w.usages(),
	})
	return nil
}

// usages completes the usages gathered so far with the page that holds now.
func (w *walker) usages() []usageRange {
	ranges := make([]usageRange, 0, len(w.locals))
	for _, l := range w.locals {
		first, last := l.first, l.last
		if !l.whole {
			first, last = w.globals.page<<16|first&0xffff, w.globals.page<<16|last&0xffff
		}
		if last < first {
			last = first
		}
		ranges = append(ranges, usageRange{usage(first), usage(last)})
	}
	return ranges
}

func (w *walker) takeGlobal(it item) error {
	switch it.tag {
	case tagUsagePage:
		w.globals.page = it.value & 0xffff
	case tagReportSize:
		w.globals.size = it.value
	case tagReportCount:
		w.globals.count = it.value
	case tagReportID:
		if it.value == 0 || it.value > 0xff {
			return fmt.Errorf("%w: report id %d", errDescriptor, it.value)
		}
		w.globals.report, w.numbered = byte(it.value), true
	case tagPush:
		if len(w.pushed) >= maxDepth {
			return fmt.Errorf("%w: states pushed too deep", errDescriptor)
		}
		w.pushed = append(w.pushed, w.globals)
	case tagPop:
		if len(w.pushed) == 0 {
			return fmt.Errorf("%w: a state is taken back that was never saved", errDescriptor)
		}
		w.globals = w.pushed[len(w.pushed)-1]
		w.pushed = w.pushed[:len(w.pushed)-1]
	}
	return nil
}

func (w *walker) takeLocal(it item) {
	const withPage = 4 // bytes: the upper two are the usage page
	switch it.tag {
	case tagUsage:
		w.locals = append(w.locals, localUsage{it.value, it.value, it.size == withPage})
	case tagUsageMinimum:
		w.minimum = it
	case tagUsageMaximum:
		w.locals = append(w.locals, localUsage{w.minimum.value, it.value, w.minimum.size == withPage && it.size == withPage})
	}
}
