package platformtest

import (
	"embed"
	"math/rand/v2"
	"testing"
	"time"

	"gatescand/sync/platform/platformtest/fakestebby"
)

//go:embed testdata/documents/stebby.json
var stebbyDocument embed.FS

// StartStebby is [Start] for a fake Stebby.
func StartStebby(tb testing.TB, fake *fakestebby.Server) string {
	tb.Helper()
	return Start(tb, fake)
}

// DocumentedStebby makes a fake in the state that the samples of Stebby's public document show, and gives those samples as a transcript.
// Nothing of it has been recorded from the real server. The requests carry the document's own words for a key, which the fake takes.
func DocumentedStebby(tb testing.TB, change ...func(*fakestebby.Options)) (*fakestebby.Server, Transcript) {
	tb.Helper()
	raw, err := stebbyDocument.ReadFile("testdata/documents/stebby.json")
	if err != nil {
		tb.Fatalf("the samples of Stebby's document: %v", err)
	}
	transcript, err := ParseTranscript(raw)
	if err != nil {
		tb.Fatalf("the samples of Stebby's document: %v", err)
	}
	o := fakestebby.Options{
		Clock: FixedClock(time.Date(2022, 1, 20, 18, 0, 0, 0, time.UTC)), Source: rand.NewPCG(1, 1),
	}
	for _, c := range change {
		c(&o)
	}
	fake, err := fakestebby.New(o)
	if err != nil {
		tb.Fatal(err)
	}
	fake.AdmitKey("Your API key", "the document")
	for _, sample := range [][2]string{{"VVKAHDKLASKJA898", "biz_54344"}, {"VVKAHDKLASKJA899", "biz_54345"}} {
		if _, err := fake.AddTicket(fakestebby.Ticket{
			Code: sample[0], Client: fakestebby.Client{Context: "EST_PIN", Value: "39014022745", Name: "John Doe"},
			ValidUntil:  time.Date(2022, 1, 26, 22, 0, 0, 0, time.UTC),
			Purchasable: fakestebby.Purchasable{Category: "WORKOUT", Code: sample[1], Name: "Running", Price: 4.5},
		}); err != nil {
			tb.Fatal(err)
		}
	}
	return fake, transcript
}
