package admin

import (
	"context"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"gatescand/scanner/admission"
)

// sampleTimeout bounds how long a scrape may ask the station.
const sampleTimeout = 5 * time.Second

// Metrics counts what happens at the lanes. Its methods may be called from any
// goroutine and never wait. No label carries a name, a ticket or a code.
type Metrics struct {
	registry *prometheus.Registry
	scans    *prometheus.CounterVec
	passages *prometheus.CounterVec
	decision prometheus.Histogram
	commit   prometheus.Histogram
}

// NewMetrics gives metrics in a registry of their own, with those of the Go
// runtime and of the process.
func NewMetrics() *Metrics {
	m := &Metrics{
		registry: prometheus.NewRegistry(),
		scans: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gatescand_scans_total", Help: "Scans answered, by lane, verdict and reason.",
		}, []string{"lane", "verdict", "reason"}),
		passages: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "gatescand_passages_total", Help: "What the gate's contact told, by lane and outcome: passed, not_passed, unknown or unauthorised.",
		}, []string{"lane", "outcome"}),
		decision: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "gatescand_decision_seconds", Help: "From the whole frame to the decision, its commit included.", Buckets: buckets(),
		}),
		commit: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "gatescand_commit_seconds", Help: "The durable commit of a check-in.", Buckets: buckets(),
		}),
	}
	m.registry.MustRegister(m.scans, m.passages, m.decision, m.commit,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// buckets reach from a fast disk to a card that is failing.
func buckets() []float64 {
	return []float64{.0001, .00025, .0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5}
}

// Scan counts one answered scan and how long its decision took.
func (m *Metrics) Scan(lane string, v admission.Verdict, r admission.Reason, took time.Duration) {
	m.scans.WithLabelValues(lane, string(v), string(r)).Inc()
	m.decision.Observe(took.Seconds())
}

// Passage counts one outcome of a lane's contact.
func (m *Metrics) Passage(lane, outcome string) { m.passages.WithLabelValues(lane, outcome).Inc() }

// Commit notes how long one durable commit took.
func (m *Metrics) Commit(took time.Duration) { m.commit.Observe(took.Seconds()) }

// handler serves what was counted, with what the station says at this moment.
func (m *Metrics) handler(s *Server) http.Handler {
	now := prometheus.NewRegistry()
	now.MustRegister(gauges{server: s})
	return promhttp.HandlerFor(prometheus.Gatherers{m.registry, now}, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError,
	})
}

// gauges asks the station at every scrape.
type gauges struct{ server *Server }

func pendingDesc() *prometheus.Desc {
	return prometheus.NewDesc("gatescand_outbox_pending", "Deliveries waiting for their platform.", []string{"account"}, nil)
}

func buriedDesc() *prometheus.Desc {
	return prometheus.NewDesc("gatescand_outbox_buried", "Deliveries the platform will not take.", []string{"account"}, nil)
}

func listAgeDesc() *prometheus.Desc {
	return prometheus.NewDesc("gatescand_list_age_seconds", "Age of the account's list; absent while it cannot be known.", []string{"account"}, nil)
}

func ticketsDesc() *prometheus.Desc {
	return prometheus.NewDesc("gatescand_tickets", "Tickets in the cache.", []string{"account"}, nil)
}

func readerDesc() *prometheus.Desc {
	return prometheus.NewDesc("gatescand_reader_up", "1 when codes can come from the lane's reader.", []string{"lane"}, nil)
}

func conflictsDesc() *prometheus.Desc {
	return prometheus.NewDesc("gatescand_conflicts_open", "Conflicts for people to look at.", nil, nil)
}

func clockDesc() *prometheus.Desc {
	return prometheus.NewDesc("gatescand_clock_trusted", "1 when the wall clock can be relied on.", nil, nil)
}

func insideDesc() *prometheus.Desc {
	return prometheus.NewDesc("gatescand_inside", "People inside.", nil, nil)
}

func readyDesc() *prometheus.Desc {
	return prometheus.NewDesc("gatescand_ready", "1 when a scan would be decided and recorded.", nil, nil)
}

// Describe names the metrics.
func (g gauges) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		pendingDesc(), buriedDesc(), listAgeDesc(), ticketsDesc(), readerDesc(),
		conflictsDesc(), clockDesc(), insideDesc(), readyDesc(),
	} {
		ch <- d
	}
}

// Collect asks the station. The contract of Prometheus brings no context.
func (g gauges) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), sampleTimeout)
	defer cancel()
	st := g.server.status(ctx)
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	for _, a := range st.Accounts {
		gauge(pendingDesc(), float64(a.Outbox.Pending), a.Name)
		gauge(buriedDesc(), float64(a.Outbox.Buried), a.Name)
		gauge(ticketsDesc(), float64(a.Tickets), a.Name)
		if a.ListAge != nil {
			gauge(listAgeDesc(), float64(*a.ListAge), a.Name)
		}
	}
	for _, l := range st.Lanes {
		gauge(readerDesc(), oneIf(l.Reader.Up()), l.Name)
	}
	gauge(conflictsDesc(), float64(st.ConflictsOpen))
	gauge(clockDesc(), oneIf(st.Clock.Trusted))
	gauge(insideDesc(), float64(st.Counts.Inside))
	gauge(readyDesc(), oneIf(st.Ready))
}

func oneIf(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}
