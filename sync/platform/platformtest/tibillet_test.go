package platformtest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"

	"gatescand/sync/platform/platformtest"
)

func evening() time.Time { return time.Date(2026, 11, 21, 19, 0, 0, 0, time.UTC) }

func TestFakeTibilletAnswersAsTheRealServerWasRecorded(t *testing.T) {
	fake, transcript, options := platformtest.RecordedTibillet(t)
	base := platformtest.StartTibillet(t, fake)
	if len(transcript.Exchanges) < 37 {
		t.Fatalf("only %d exchanges", len(transcript.Exchanges))
	}
	platformtest.TestReplay(t, base, transcript, options)
}

func TestFakeTibilletChecksTheVectorsAsTheRealServerDid(t *testing.T) {
	fake := platformtest.VectorTibillet(t, platformtest.FixedClock(evening()))
	base := platformtest.StartTibillet(t, fake)
	_, key, err := fake.PairedApp("gate")
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range platformtest.LoadTibilletVectors(t).Vectors {
		t.Run(v.Name, func(t *testing.T) {
			body, err := json.Marshal(map[string]string{"qrcode_data": v.Payload})
			if err != nil {
				t.Fatal(err)
			}
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/scan/check_ticket/", bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			request.Header.Set("Authorization", "Api-Key "+key)
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("Accept-Language", "en")
			response, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = response.Body.Close() }()
			raw, err := io.ReadAll(response.Body)
			if err != nil {
				t.Fatal(err)
			}
			if response.StatusCode != v.ServerCheckTicket {
				t.Errorf("status %d, the real server gave %d: %s", response.StatusCode, v.ServerCheckTicket, raw)
			}
			var answer struct {
				Error  *string `json:"error"`
				Ticket struct {
					UUID string `json:"uuid"`
				} `json:"ticket"`
			}
			if err := json.Unmarshal(raw, &answer); err != nil {
				t.Fatal(err)
			}
			switch {
			case (answer.Error == nil) != (v.ServerError == nil):
				t.Errorf("answered %s", raw)
			case answer.Error != nil && *answer.Error != *v.ServerError:
				t.Errorf("error %q, the real server said %q", *answer.Error, *v.ServerError)
			case answer.Error == nil && answer.Ticket.UUID != *v.Expect.UUID:
				t.Errorf("ticket %q, want %q", answer.Ticket.UUID, *v.Expect.UUID)
			}
		})
	}
}
