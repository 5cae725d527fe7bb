package admin

import (
	"context"
	"crypto/sha256"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"gatescand/device/admin/words"
)

// Limits of the server.
const (
	maxBody       = 64 << 10
	maxImage      = 8 << 20
	maxHeader     = 16 << 10
	headerTimeout = 5 * time.Second
	bodyTimeout   = 30 * time.Second
	idleTimeout   = 2 * time.Minute
	answerTimeout = 20 * time.Second // for whatever the station is asked
	writeTimeout  = 30 * time.Second // for an answer to leave, streams excepted
	drainTimeout  = 5 * time.Second
)

// Server is the page and the API. Make one with [New].
type Server struct {
	opt      Options
	log      *slog.Logger
	present  presenter
	tokenSum [sha256.Size]byte
	hosts    []string
	sessions *sessions
	attempts *attempts
	pages    pages
	words    *words.Book
	table    []route // every path there is, as it was registered
	handler  http.Handler
}

// New checks the options and prepares the server; it opens nothing.
func New(opt Options) (*Server, error) {
	switch {
	case opt.Hub == nil:
		return nil, errors.New("page: Options.Hub is missing")
	case opt.Now == nil:
		return nil, errors.New("page: Options.Now is missing")
	case len(opt.Token) < 16:
		return nil, errors.New("page: the token is shorter than 16 characters; remove the file api-token and start again to get a new one")
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Zone == nil {
		opt.Zone = time.UTC
	}
	if opt.Metrics == nil {
		opt.Metrics = NewMetrics()
	}
	p, err := newPages()
	if err != nil {
		return nil, err
	}
	book, err := words.Open()
	if err != nil {
		return nil, err
	}
	s := &Server{
		opt: opt, log: opt.Log, pages: p, words: book,
		tokenSum: sha256.Sum256([]byte(opt.Token)),
		sessions: newSessions(), attempts: newAttempts(opt.Networks),
	}
	s.present = presenter{door: s.door, zone: opt.Zone, showNames: opt.ShowNames, eventName: opt.EventName}
	if opt.Access != nil {
		s.sessions.keepIn(opt.Access.dir, s.tokenSum)
	}
	for _, h := range opt.Hosts {
		s.hosts = append(s.hosts, strings.TrimSuffix(strings.ToLower(h), "."))
	}
	s.handler = s.guard(s.routes())
	return s, nil
}

// Handler gives the page and the API, for tests and for servers of one's own.
func (s *Server) Handler() http.Handler { return s.handler }

// timely bounds how long the station may take to answer and how long the
// answer may take to leave.
func (s *Server) timely(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), answerTimeout)
		defer cancel()
		s.deadline(w, writeTimeout)
		next(w, r.WithContext(ctx))
	}
}

// deadline bounds the writes of an answer. Writers that know no deadlines,
// such as a test's recorder, go without.
func (s *Server) deadline(w http.ResponseWriter, d time.Duration) {
	if err := http.NewResponseController(w).SetWriteDeadline(s.opt.Now().Add(d)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		s.log.Debug("no write deadline", slog.Any("error", err))
	}
}

// Run serves l until ctx ends, then lets the answers under way finish for a
// short while. It closes l. Event streams end at once.
func (s *Server) Run(ctx context.Context, l net.Listener) error {
	srv := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       bodyTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    maxHeader,
		ConnState:         newCrowd(s.opt.Networks).state,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelDebug),
		BaseContext:       func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
	}
	served := make(chan error, 1)
	go func() { served <- srv.Serve(l) }()
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	s.opt.Hub.close()
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
	defer cancel()
	err := srv.Shutdown(drain)
	if err != nil {
		err = errors.Join(err, srv.Close())
	}
	if e := <-served; !errors.Is(e, http.ErrServerClosed) {
		err = errors.Join(err, e)
	}
	return err
}
