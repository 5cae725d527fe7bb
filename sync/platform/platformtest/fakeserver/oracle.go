package fakeserver

import (
	"crypto/sha256"
	"encoding/binary"
	"net/http"
)

// Arrival is a request as an oracle sees it.
type Arrival struct {
	Route  string
	Method string
	Path   string // with query, as it came
	Body   []byte // not to be changed
	// Before is how many requests with the same method, path and body have arrived since the oracle was set.
	Before int
}

// SetOracle lets a function choose the mood of every request instead of the queued and standing moods, until it is set to nil. An
// oracle that looks at nothing but the arrival makes a run reproducible however its goroutines interleave. A cut network still goes
// first, and what it swallows is no arrival. The oracle is called from many goroutines at once and may call any method of the front.
func (f *Front) SetOracle(oracle func(Arrival) Mood) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.oracle = oracle
	f.arrivals = map[[sha256.Size]byte]int{}
}

// foretell counts an arrival if there is an oracle to be asked about it. The caller holds the lock.
func (f *Front) foretell(r *http.Request, body []byte) (before int) {
	if f.oracle == nil {
		return 0
	}
	key := fingerprint(r.Method, r.URL.RequestURI(), body)
	before = f.arrivals[key]
	f.arrivals[key] = before + 1
	return before
}

// fingerprint tells requests apart. Lengths keep its parts apart.
func fingerprint(method, path string, body []byte) [sha256.Size]byte {
	raw := make([]byte, 0, 16+len(method)+len(path)+len(body))
	raw = binary.BigEndian.AppendUint64(raw, uint64(len(method)))
	raw = append(raw, method...)
	raw = binary.BigEndian.AppendUint64(raw, uint64(len(path)))
	raw = append(raw, path...)
	return sha256.Sum256(append(raw, body...))
}
