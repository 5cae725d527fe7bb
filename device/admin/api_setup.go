package admin

import (
	"context"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/skip2/go-qrcode"
)

// withSetup answers a call that needs the set-up.
func (s *Server) withSetup(w http.ResponseWriter, r *http.Request, do func(context.Context, Setup) (any, error)) {
	if s.opt.Setup == nil {
		s.fail(w, r, unwired("set-up"))
		return
	}
	v, err := do(r.Context(), s.opt.Setup)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, http.StatusOK, v)
}

// saving answers a call that changes the configuration.
func saving[B any](s *Server, w http.ResponseWriter, r *http.Request, what string, save func(context.Context, Setup, B) (SetupSaved, error)) {
	s.withSetup(w, r, func(ctx context.Context, su Setup) (any, error) {
		var b B
		if err := body(w, r, &b); err != nil {
			return nil, err
		}
		saved, err := save(ctx, su, b)
		if err == nil {
			s.log.Info("configuration changed on the page", slog.String("part", what), slog.Bool("written", saved.Written), slog.String("by", principalOf(ctx).by))
		}
		return saved, err
	})
}

func (s *Server) getSetup(w http.ResponseWriter, r *http.Request) {
	s.withSetup(w, r, func(ctx context.Context, su Setup) (any, error) { return su.SetupState(ctx), nil })
}

func (s *Server) getSetupReaders(w http.ResponseWriter, r *http.Request) {
	s.withSetup(w, r, func(ctx context.Context, su Setup) (any, error) { return su.SetupReaders(ctx) })
}

// learnBody says what to listen to. Without an address it is everything that is
// plugged in, looks like a reader, and is not in use.
type learnBody struct {
	Address string `json:"address"`
}

func (s *Server) postLearn(w http.ResponseWriter, r *http.Request) {
	s.withSetup(w, r, func(ctx context.Context, su Setup) (any, error) {
		var b learnBody
		if err := body(w, r, &b); err != nil {
			return nil, err
		}
		return su.Learn(ctx, b.Address)
	})
}

// getLearn waits for news of what is being learned.
func (s *Server) getLearn(w http.ResponseWriter, r *http.Request) {
	after := 0
	if text := r.URL.Query().Get("after"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			s.fail(w, r, badBody("The query's after is not a count.", err))
			return
		}
		after = n
	}
	s.withSetup(w, r, func(ctx context.Context, su Setup) (any, error) { return su.Learned(ctx, after), nil })
}

func (s *Server) getSetupOutputs(w http.ResponseWriter, r *http.Request) {
	s.withSetup(w, r, func(ctx context.Context, su Setup) (any, error) {
		return su.SetupOutputs(ctx, r.URL.Query().Get("lane")), nil
	})
}

func (s *Server) postSetupStation(w http.ResponseWriter, r *http.Request) {
	saving(s, w, r, "station", func(ctx context.Context, su Setup, b StationChoice) (SetupSaved, error) {
		return su.SaveStation(ctx, b)
	})
}

func (s *Server) postSetupLane(w http.ResponseWriter, r *http.Request) {
	saving(s, w, r, "lane", func(ctx context.Context, su Setup, b LaneChoice) (SetupSaved, error) { return su.SaveLane(ctx, b) })
}

func (s *Server) postSetupLaneRemove(w http.ResponseWriter, r *http.Request) {
	saving(s, w, r, "lane", func(ctx context.Context, su Setup, _ struct{}) (SetupSaved, error) {
		return su.RemoveLane(ctx, r.PathValue("lane"))
	})
}

func (s *Server) postSetupSignals(w http.ResponseWriter, r *http.Request) {
	saving(s, w, r, "signals", func(ctx context.Context, su Setup, b SignalChoice) (SetupSaved, error) {
		for _, list := range []*[]string{&b.Admit, &b.Refuse, &b.Hold} {
			*list = slices.DeleteFunc(*list, func(a string) bool { return strings.TrimSpace(a) == "" })
		}
		return su.SaveSignals(ctx, b)
	})
}

func (s *Server) postSetupAccount(w http.ResponseWriter, r *http.Request) {
	saving(s, w, r, "account", func(ctx context.Context, su Setup, b AccountChoice) (SetupSaved, error) {
		return su.SaveAccount(ctx, b)
	})
}

// getLayoutCode draws the code from which the layout of a reader that types is
// learned, with the four modules of quiet around it that readers need.
func (s *Server) getLayoutCode(w http.ResponseWriter, r *http.Request) {
	if s.opt.Setup == nil {
		s.fail(w, r, unwired("set-up"))
		return
	}
	code, err := qrcode.New(s.opt.Setup.LayoutCode(), qrcode.Medium)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml")
	_, _ = w.Write([]byte(drawModules(code.Bitmap()))) // whoever has gone needs no picture
}

// drawModules draws the modules of a code, black on white in any surroundings.
func drawModules(modules [][]bool) string {
	side := strconv.Itoa(len(modules))
	var b strings.Builder
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ` + side + " " + side + `" shape-rendering="crispEdges">` +
		`<rect width="` + side + `" height="` + side + `" fill="#fff"/><path fill="#000" d="`)
	for y, row := range modules {
		for x, dark := range row {
			if dark {
				b.WriteString("M" + strconv.Itoa(x) + " " + strconv.Itoa(y) + "h1v1h-1z")
			}
		}
	}
	b.WriteString(`"/></svg>`)
	return b.String()
}
