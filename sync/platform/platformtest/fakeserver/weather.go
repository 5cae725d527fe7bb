package fakeserver

// RouteAny stands for all routes in moods. No request is counted under it.
const RouteAny = "any"

// weather holds the moods in force.
type weather struct {
	cut      bool
	standing map[string]Mood
	queued   map[string][]spell
}

// spell is a mood for the next few requests.
type spell struct {
	left int
	mood Mood
}

func newWeather() weather {
	return weather{standing: map[string]Mood{}, queued: map[string][]spell{}}
}

// clear forgets all moods, but not that the network is cut.
func (w *weather) clear() {
	cut := w.cut
	*w = newWeather()
	w.cut = cut
}

// take chooses the mood for one request and uses up a queued one: queued before standing, the route's own before [RouteAny]'s.
func (w *weather) take(route string) Mood {
	for _, r := range []string{route, RouteAny} {
		if queue := w.queued[r]; len(queue) > 0 {
			mood := queue[0].mood
			if queue[0].left--; queue[0].left == 0 {
				w.queued[r] = queue[1:]
			}
			return mood
		}
	}
	if mood, ok := w.standing[route]; ok {
		return mood
	}
	return w.standing[RouteAny]
}

// SetMood puts a route, or all with [RouteAny], into a mood until it is set again. A route's own mood goes before that of RouteAny.
func (f *Front) SetMood(route string, mood Mood) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.weather.standing[route] = mood
}

// NextMood puts the next n requests to a route, or to any with [RouteAny], into a mood; moods queued earlier come first. They go before
// any standing mood. Beware that Go's HTTP client repeats a GET by itself when a kept-alive connection is closed on it.
func (f *Front) NextMood(route string, n int, mood Mood) {
	if n <= 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.weather.queued[route] = append(f.weather.queued[route], spell{left: n, mood: mood})
}

// ClearMoods restores good health everywhere. It does not restore a cut network, and an oracle stays.
func (f *Front) ClearMoods() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.weather.clear()
}

// CutNetwork makes every connection be closed at once, before the server gets to see the request: it is not counted and uses up no
// mood. Requests already being worked on lose their answers.
func (f *Front) CutNetwork() { f.setCut(true) }

// RestoreNetwork ends [Front.CutNetwork].
func (f *Front) RestoreNetwork() { f.setCut(false) }

// NetworkCut tells whether the network is cut.
func (f *Front) NetworkCut() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.weather.cut
}

func (f *Front) setCut(cut bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.weather.cut = cut
	f.bump()
}
