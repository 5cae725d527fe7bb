package fakeserver

import (
	"context"
	"io"
	"net/http"
)

// bodyLimit is the longest request body a server reads.
const bodyLimit = 4 << 20

// Query is one request on its way through the server. It belongs to the goroutine that serves it.
type Query struct {
	Request *http.Request // its body has been read
	Body    []byte
	Route   string
	Mood    Mood
	// Caller says who asks, for the ledger. The site sets it once it has found the credentials good.
	Caller string
	// Before is [Arrival.Before], 0 without oracle.
	Before int

	rehearsal bool // the first of two times that a mood wants the work done
}

// ServeHTTP answers one request in the mood of the moment.
func (f *Front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f.NetworkCut() {
		hangUp(w)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, bodyLimit))
	if err != nil {
		http.Error(w, "Request Entity Too Large", http.StatusRequestEntityTooLarge)
		return
	}
	q, entry := f.receive(r, body)
	defer func() { f.finish(q, entry) }() // also when the connection is aborted
	Rest(r.Context(), q.Mood.Delay)
	a := f.work(r.Context(), q)
	Rest(r.Context(), q.Mood.Linger)
	if f.NetworkCut() {
		hangUp(w)
		return
	}
	entry.Status = f.deliver(w, q, a)
}

// receive takes a request in: where it goes and in which mood it is answered.
func (f *Front) receive(r *http.Request, body []byte) (*Query, Request) {
	place := f.site.Find(r, body)
	if place.Logged == "" {
		place.Logged = r.URL.Path
	}
	q := &Query{Request: r, Body: body, Route: place.Route}
	q.Mood = f.chooseMood(q)
	return q, Request{At: f.clock(), Route: place.Route, Method: r.Method, Path: place.Logged, Fault: q.Mood.Fault}
}

// chooseMood counts a request in and says in which mood it finds the server.
func (f *Front) chooseMood(q *Query) Mood {
	f.mu.Lock()
	f.ledger.enter(q.Route)
	f.bump()
	oracle := f.oracle
	if oracle == nil {
		defer f.mu.Unlock()
		return f.weather.take(q.Route)
	}
	q.Before = f.foretell(q.Request, q.Body)
	f.mu.Unlock()
	return oracle(Arrival{
		Route: q.Route, Method: q.Request.Method, Path: q.Request.URL.RequestURI(), Body: q.Body, Before: q.Before,
	})
}

// work has the site do what the mood lets it do.
func (f *Front) work(ctx context.Context, q *Query) Answer {
	if !q.Mood.Works() {
		return Answer{}
	}
	if q.Mood.Repeat {
		q.rehearsal = true
		_ = f.site.Work(ctx, q)
		q.rehearsal = false
	}
	return f.site.Work(ctx, q)
}

// finish puts a request into the ledger.
func (f *Front) finish(q *Query, entry Request) {
	entry.Caller = q.Caller
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ledger.leave(entry)
	f.bump()
}
