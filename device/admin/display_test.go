package admin

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gatescand/device/admin/words"
)

// shown gives what a display shows now, as its page has it.
func shown(t *testing.T, opt Options, lane string) displayState {
	t.Helper()
	s, err := New(opt)
	if err != nil {
		t.Fatal(err)
	}
	return s.watchFor(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/display/"+lane, nil), lane).state(t.Context())
}

func TestADisplayShowsHowTheDoorIs(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		change func(*station, *Options)
		want   string
		note   bool
	}{
		"an open lane asks for a ticket":             {func(*station, *Options) {}, displayReady, false},
		"a lane that staff closed":                   {func(st *station, _ *Options) { st.open["north"] = false }, displayClosed, false},
		"a lane that only checks":                    {func(st *station, o *Options) { o.Lanes = checkings{st, []string{"north"}} }, displayChecking, false},
		"a reader that is not plugged":               {func(st *station, _ *Options) { st.reader["north"] = Reader{State: ReaderWaiting} }, displayDown, true},
		"a journal that cannot be written":           {func(st *station, _ *Options) { st.notReady = []string{"the journal cannot be written"} }, displayDown, true},
		"what is broken comes before what is closed": {func(st *station, _ *Options) { st.open["north"], st.notReady = false, []string{"x"} }, displayDown, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			st := newStation()
			opt := st.options()
			tc.change(st, &opt)
			got := shown(t, opt, "north")
			if got.State != tc.want || got.Message != speaker(t, "fr").T("display_"+tc.want) || (got.Note != "") != tc.note || got.Version == "" {
				t.Errorf("%+v, want %s", got, tc.want)
			}
		})
	}
}

func TestAStationWithoutLanesHasADisplay(t *testing.T) {
	t.Parallel()
	st := newStation()
	opt := st.options()
	opt.Lanes = laneless{st}
	if got := shown(t, opt, ""); got.State != displaySetup {
		t.Errorf("%+v", got)
	}
	st.notReady = []string{"starting"}
	if got := shown(t, opt, ""); got.State != displayDown {
		t.Errorf("%+v", got)
	}
	st.notReady = nil
	srv := open(t, opt)
	resp, raw := ask(t, srv, http.MethodGet, "/display/", "", stranger)
	if resp.StatusCode != http.StatusOK || !strings.Contains(raw, `data-events="/events/display"`) || !strings.Contains(raw, `data-show="setup"`) {
		t.Errorf("%d %s", resp.StatusCode, raw)
	}
	l := listen(t, srv.URL+"/events/display", "")
	if e := l.want("state"); !strings.Contains(e.data, `"state":"setup"`) {
		t.Errorf("%+v", e)
	}
}

// A box that was just unpacked has a screen beside a lane that is yet to be set
// up: it tells the code, follows the set-up, and becomes the lane's by itself.
func TestTheScreenOfALaneThatIsYetToComeWaitsForIt(t *testing.T) {
	t.Parallel()
	st := newStation()
	opt := st.options()
	lanes := &lanesToCome{station: st}
	opt.Lanes = lanes
	srv := open(t, opt)
	resp, raw := ask(t, srv, http.MethodGet, "/display/north", "", stranger)
	if resp.StatusCode != http.StatusOK || !strings.Contains(raw, `data-events="/display/north/events"`) || !strings.Contains(raw, `data-show="setup"`) {
		t.Fatalf("%d %s", resp.StatusCode, raw)
	}
	_, version, _ := strings.Cut(raw, `data-version="`)
	version, _, _ = strings.Cut(version, `"`)
	l := listen(t, srv.URL+"/display/north/events", "")
	if e := l.want("state"); !strings.Contains(e.data, `"state":"setup"`) || !strings.Contains(e.data, `"version":"`+version+`"`) {
		t.Errorf("%+v, the page is version %s", e, version)
	}
	lanes.come.Store(true)
	if e := l.want("state"); !strings.Contains(e.data, `"state":"ready"`) || strings.Contains(e.data, `"version":"`+version+`"`) {
		t.Errorf("the lane has come, and its screen does not load itself again: %+v", e)
	}
	_, raw = ask(t, srv, http.MethodGet, "/display/north", "", stranger)
	if !strings.Contains(raw, `data-show="ready"`) || strings.Contains(raw, `data-version="`+version+`"`) || !strings.Contains(raw, "<footer>Main entrance · north<") {
		t.Errorf("%s", raw)
	}
}

func TestTheScreenOfALaneThatIsNotAmongTheOthersIsOutOfOrderAndGoesOnAsking(t *testing.T) {
	t.Parallel()
	srv := open(t, newStation().options())
	resp, raw := ask(t, srv, http.MethodGet, "/display/call-0900-123", "", stranger)
	if resp.StatusCode != http.StatusOK || !strings.Contains(raw, `data-show="down"`) || !strings.Contains(raw, `data-events="/display/call-0900-123/events"`) {
		t.Fatalf("%d %s", resp.StatusCode, raw)
	}
	if strings.Count(raw, "call-0900") != 1 {
		t.Errorf("the words of a link are shown: %s", raw)
	}
	l := listen(t, srv.URL+"/display/call-0900-123/events", "")
	if e := l.want("state"); !strings.Contains(e.data, `"state":"down"`) {
		t.Errorf("%+v", e)
	}
}

func TestTheScreenOfABoxWithoutLanesGoesOverToTheFirstThatComes(t *testing.T) {
	t.Parallel()
	st := newStation()
	opt := st.options()
	lanes := &lanesToCome{station: st}
	opt.Lanes = lanes
	before := shown(t, opt, "")
	lanes.come.Store(true)
	if after := shown(t, opt, ""); after.Version == before.Version || after.State != displayDown {
		t.Errorf("%+v after %+v: it does not load itself again", after, before)
	}
}

func TestTheAddressWithoutALaneLeadsToTheFirst(t *testing.T) {
	t.Parallel()
	srv := open(t, newStation().options())
	resp, _ := ask(t, srv, http.MethodGet, "/display/?mute=1", "", stranger)
	if to := resp.Header.Get("Location"); resp.StatusCode != http.StatusSeeOther || to != "/display/north?mute=1" {
		t.Errorf("%d to %q", resp.StatusCode, to)
	}
}

func TestADisplayTellsThePhaseOfPairingAndNothingElse(t *testing.T) {
	t.Parallel()
	for phase, want := range map[string]string{
		"idle": displayReady, "armed": "pair", "confirm": "confirm", "pairing": "pairing", "something new": displayReady,
		// How it ended is not told to a display that was not there.
		"paired": displayReady, "failed": displayReady,
	} {
		st := newStation()
		opt := st.options()
		opt.PairingDesk = &desk{hub: st.hub, is: PairingState{
			Phase: phase, Host: "evil.example", Tenant: "Evil", Name: "Gate", Account: "lespass", Message: "no", Hint: "no", StationID: "id-1", Platform: "tibillet",
		}}
		got := shown(t, opt, "north")
		if got.State != want || got.Message != speaker(t, "fr").T("display_"+want) {
			t.Errorf("%s: %+v", phase, got)
		}
		raw, err := json.Marshal(got)
		if err != nil {
			t.Fatal(err)
		}
		for _, said := range []string{"evil", "Evil", "Gate", "lespass", "id-1", `"no"`, "tibillet"} {
			if strings.Contains(string(raw), said) {
				t.Errorf("%s: a stranger reads %s in %s", phase, said, raw)
			}
		}
	}
}

func TestPairingDoesNotHideADoorThatIsShut(t *testing.T) {
	t.Parallel()
	st := newStation()
	opt := st.options()
	opt.PairingDesk = &desk{hub: st.hub, is: PairingState{Phase: "armed"}}
	st.open["north"] = false
	if got := shown(t, opt, "north"); got.State != displayClosed {
		t.Errorf("%+v", got)
	}
	st.notReady = []string{"x"}
	if got := shown(t, opt, "north"); got.State != displayDown {
		t.Errorf("%+v", got)
	}
}

func TestHowPairingEndedIsShownForAWhile(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		st := newStation()
		opt := st.options()
		d := &desk{hub: st.hub, is: PairingState{Phase: "pairing"}}
		opt.PairingDesk = d
		s, err := New(opt)
		if err != nil {
			t.Fatal(err)
		}
		watch := s.watchFor(httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/display/north", nil), "north")
		state := func() string {
			return watch.state(t.Context()).State
		}
		if got := state(); got != "pairing" {
			t.Errorf("%s", got)
		}
		for _, end := range []string{"paired", "failed"} {
			d.set(PairingState{Phase: end})
			if got := state(); got != end {
				t.Errorf("%s, want %s", got, end)
			}
			time.Sleep(pairingStands)
			if got := state(); got != displayReady {
				t.Errorf("%s is still shown", got)
			}
		}
	})
}

func TestAPairingThatGoesOnIsStreamed(t *testing.T) {
	t.Parallel()
	st := newStation()
	opt := st.options()
	d := &desk{hub: st.hub}
	opt.PairingDesk = d
	srv := open(t, opt)
	l := listen(t, srv.URL+"/display/north/events", "")
	if e := l.want("state"); !strings.Contains(e.data, `"state":"ready"`) {
		t.Errorf("%+v", e)
	}
	for phase, state := range map[string]string{"armed": "pair", "confirm": "confirm"} {
		d.set(PairingState{Phase: phase, Host: "evil.example"})
		if e := l.want("state"); !strings.Contains(e.data, `"state":"`+state+`"`) || strings.Contains(e.data, "evil") {
			t.Errorf("%s: %+v", phase, e)
		}
	}
}

func TestAnotherPageHasAnotherVersion(t *testing.T) {
	t.Parallel()
	st := newStation()
	versions := make(map[string]bool)
	for _, change := range []func(*Options){
		func(*Options) {}, func(*Options) {}, func(o *Options) { o.Version = "1.2.4" }, func(o *Options) { o.Language = "de" }, func(o *Options) { o.Station = "Side" },
	} {
		opt := st.options()
		change(&opt)
		versions[shown(t, opt, "north").Version] = true
	}
	if len(versions) != 4 {
		t.Errorf("%d versions, want 4", len(versions))
	}
}

// A display hears of the lane at every beat, so that silence means something.
func TestADisplayHearsTheLaneEveryBeat(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s, err := New(newStation().options())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		rec := httptest.NewRecorder()
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.Handler().ServeHTTP(rec, httptest.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1/display/north/events", nil))
		}()
		time.Sleep(5*displayBeat + time.Millisecond)
		cancel()
		<-done
		if n := strings.Count(rec.Body.String(), "event: state\n"); n != 6 {
			t.Errorf("%d states in five beats, want one at the start and five", n)
		}
	})
}

// Whoever stands at the door is spoken to in every one of its languages.
func TestTheDoorSpeaksEveryLanguage(t *testing.T) {
	t.Parallel()
	book, err := words.Open()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"bg", "de", "en", "et", "fr", "lt", "lv", "sv"}
	english := book.In("en")
	for _, lang := range want {
		sp := book.In(lang)
		if sp.Lang != lang {
			t.Fatalf("%s is not spoken", lang)
		}
		for _, id := range book.IDs() {
			if !strings.HasPrefix(id, "door_") && !strings.HasPrefix(id, "display_") {
				continue
			}
			said := sp.T(id, "Word", "1")
			if !book.Says(lang, id) || said == "" || strings.TrimSpace(said) != said {
				t.Errorf("%s: %s is %q", lang, id, said)
			}
			if lang != "en" && said == english.T(id, "Word", "1") {
				t.Errorf("%s: %s is as in English: %q", lang, id, said)
			}
		}
	}
}
