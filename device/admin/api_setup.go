package admin

import (
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/skip2/go-qrcode"
)

// withSetup answers a call that needs the set-up.
func (s *Server) withSetup(w http.ResponseWriter, r *http.Request, do func(Setup) (any, error)) {
	if s.opt.Setup == nil {
		s.fail(w, r, unwired("set-up"))
		return
	}
	v, err := do(s.opt.Setup)
	if err != nil {
		s.fail(w, r, err)
		return
	}
	s.answer(w, r, http.StatusOK, v)
}

// saving answers a call that changes the configuration.
func saving[B any](s *Server, w http.ResponseWriter, r *http.Request, what string, save func(Setup, B) (SetupSaved, error)) {
	s.withSetup(w, r, func(su Setup) (any, error) {
		var b B
		if err := body(w, r, &b); err != nil {
			return nil, err
		}
		saved, err := save(su, b)
		if err == nil {
			s.log.Info("configuration changed on the page", slog.String("part", what), slog.Bool("written", saved.Written), slog.String("by", principalOf(r.Context()).by))
		}
		return saved, err
	})
}

func (s *Server) getSetup(w http.ResponseWriter, r *http.Request) {
	s.withSetup(w, r, func(su Setup) (any, error) { return su.SetupState(r.Context()), nil })
}

func (s *Server) getSetupReaders(w http.ResponseWriter, r *http.Request) {
	s.withSetup(w, r, func(su Setup) (any, error) { return su.SetupReaders(r.Context()) })
}

// learnBody says what to listen to. Without an address it is everything that is
// plugged in, looks like a reader, and is not in use.
type learnBody struct {
	Address string `json:"address"`
}

func (s *Server) postLearn(w http.ResponseWriter, r *http.Request) {
	s.withSetup(w, r, func(su Setup) (any, error) {
		var b learnBody
		if err := body(w, r, &b); err != nil {
			return nil, err
		}
		return su.Learn(r.Context(), b.Address)
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
	s.withSetup(w, r, func(su Setup) (any, error) { return su.Learned(r.Context(), after), nil })
}

func (s *Server) getSetupOutputs(w http.ResponseWriter, r *http.Request) {
	s.withSetup(w, r, func(su Setup) (any, error) { return su.SetupOutputs(r.Context(), r.URL.Query().Get("lane")), nil })
}

func (s *Server) postSetupStation(w http.ResponseWriter, r *http.Request) {
	saving(s, w, r, "station", func(su Setup, b StationChoice) (SetupSaved, error) { return su.SaveStation(r.Context(), b) })
}

func (s *Server) postSetupLane(w http.ResponseWriter, r *http.Request) {
	saving(s, w, r, "lane", func(su Setup, b LaneChoice) (SetupSaved, error) { return su.SaveLane(r.Context(), b) })
}

func (s *Server) postSetupLaneRemove(w http.ResponseWriter, r *http.Request) {
	saving(s, w, r, "lane", func(su Setup, _ struct{}) (SetupSaved, error) {
		return su.RemoveLane(r.Context(), r.PathValue("lane"))
	})
}

func (s *Server) postSetupSignals(w http.ResponseWriter, r *http.Request) {
	saving(s, w, r, "signals", func(su Setup, b SignalChoice) (SetupSaved, error) {
		for _, list := range []*[]string{&b.Admit, &b.Refuse, &b.Hold} {
			*list = slices.DeleteFunc(*list, func(a string) bool { return strings.TrimSpace(a) == "" })
		}
		return su.SaveSignals(r.Context(), b)
	})
}

func (s *Server) postSetupAccount(w http.ResponseWriter, r *http.Request) {
	saving(s, w, r, "account", func(su Setup, b AccountChoice) (SetupSaved, error) { return su.SaveAccount(r.Context(), b) })
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
