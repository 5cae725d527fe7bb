package health

// Severity says how much a condition matters at the door.
type Severity string

// The severities, the gravest first.
const (
	Critical Severity = "critical" // people cannot be let in as they should
	Warning  Severity = "warning"  // it works, but not for long or not fully
	Info     Severity = "info"     // good to know
)

// rank orders severities, the gravest first.
func (s Severity) rank() int {
	switch s {
	case Critical:
		return 0
	case Warning:
		return 1
	case Info:
		return 2
	}
	return 0
}
