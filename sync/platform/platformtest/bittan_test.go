package platformtest_test

import (
	"testing"

	"gatescand/sync/platform/platformtest"
)

func TestFakeBittanAnswersAsTheRealServerWasRecorded(t *testing.T) {
	fake, transcript := platformtest.RecordedBittan(t)
	if len(transcript.Exchanges) < 19 {
		t.Fatalf("only %d exchanges", len(transcript.Exchanges))
	}
	platformtest.TestReplay(t, platformtest.Start(t, fake), transcript, platformtest.ReplayOptions{})
}
