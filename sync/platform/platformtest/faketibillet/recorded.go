package faketibillet

// Recorded exchanges of a real server carry tokens, keys and signatures made with secrets nobody has. The methods of this file teach
// the fake to take exactly those for good. They exist for replaying recordings in tests and for nothing else.

type recordings struct {
	tokens map[string]string              // pairing token → scan app
	keys   map[string]string              // scan app → the API key it gets when claimed
	codes  map[string]map[string]struct{} // ticket → codes taken for well signed
}

func newRecordings() recordings {
	return recordings{tokens: map[string]string{}, keys: map[string]string{}, codes: map[string]map[string]struct{}{}}
}

// RecordScanApp adds a device with the UUID, pairing token and API key of a recording. Test-only: the token is accepted though its
// signature is not this server's, and the key is handed out when it is claimed.
func (s *Server) RecordScanApp(uuid, name, token, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.addScanApp(uuid, name); err != nil {
		return err
	}
	s.recorded.tokens[token] = uuid
	s.recorded.keys[uuid] = key
	s.Changed()
	return nil
}

// RecordCode makes one exact code text count as well signed for one ticket. Test-only: for codes of a recording whose signing key is
// not known. Any other text of the same ticket is still checked against the event's key.
func (s *Server) RecordCode(ticket, code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.recorded.codes[ticket] == nil {
		s.recorded.codes[ticket] = map[string]struct{}{}
	}
	s.recorded.codes[ticket][code] = struct{}{}
}
