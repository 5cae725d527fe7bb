package signal

// maxReports is how many reports of one output wait for who listens.
const maxReports = 8

// report is what became of a showing or of switching off; nil is that it works.
type report struct{ err error }

// report leaves something to be told. When who listens is that far behind, the
// oldest is forgotten: what counts is whether the output works now.
func (o *Output) report(err error) {
	for {
		select {
		case o.reports <- report{err}:
			return
		default:
		}
		select {
		case <-o.reports: // the oldest
		default:
		}
	}
}

// tell passes reports on until done, and then those that are left.
func (o *Output) tell(done <-chan struct{}) {
	for {
		select {
		case r := <-o.reports:
			o.told(r.err)
		case <-done:
			for {
				select {
				case r := <-o.reports:
					o.told(r.err)
				default:
					return
				}
			}
		}
	}
}

// told tells. Where whoever listens panics there is nobody left to tell that to,
// and the output goes on.
func (o *Output) told(err error) {
	if o.Failed == nil {
		return
	}
	_ = caught(func() error {
		o.Failed(o.Address.String(), err)
		return nil
	})
}
