package faketibillet

import (
	"net/http"

	"gatescand/sync/platform/platformtest/fakeserver"
)

func (s *Server) viewProbe(q *query) fakeserver.Answer {
	a := sayJSON(http.StatusOK, q.language, map[string]bool{"allow_any": true})
	if q.to.cors {
		a = a.With("Access-Control-Allow-Origin", "*")
	}
	return a
}

type pairedBody struct {
	Success    bool   `json:"success"`
	TenantName string `json:"tenant_name"`
	Message    string `json:"message"`
	APIKey     string `json:"api_key"`
	DeviceUUID string `json:"device_uuid"`
	DeviceName string `json:"device_name"`
}

// viewPair claims a device. It is a GET with a lasting effect, and so is the HEAD that the framework answers alike.
func (s *Server) viewPair(q *query) fakeserver.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	uuid, ok := s.recorded.tokens[q.to.arg]
	if !ok {
		var err error
		if uuid, err = s.readToken(q.to.arg); err != nil {
			return sayError(http.StatusBadRequest, q.language, err.Error())
		}
	}
	app, err := s.liveApp(uuid)
	if err != nil || app.Claimed {
		return sayError(http.StatusBadRequest, q.language, "No ScanApp matches the given query.")
	}
	return sayJSON(http.StatusOK, q.language, pairedBody{
		Success: true, TenantName: s.organisation, Message: "Device successfully paired",
		APIKey: s.claim(app), DeviceUUID: app.UUID, DeviceName: app.Name,
	})
}
