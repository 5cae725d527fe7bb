package admin

import "net/http"

// How much one call gives.
const (
	checkInsDefault = 100
	checkInsMost    = 1000
	listMost        = 200
	noteLongest     = 500
)

func (s *Server) getStatus(w http.ResponseWriter, r *http.Request) {
	st := s.status(r.Context())
	st.Conditions = s.conditionsIn(s.language(r), st.Conditions)
	s.answer(w, r, http.StatusOK, st)
}

// checkNote keeps notes short enough for the journal.
func checkNote(note string) error {
	if len(note) > noteLongest {
		return badBody("The note is longer than 500 bytes.", nil)
	}
	return nil
}

func (s *Server) noSuchCall(w http.ResponseWriter, r *http.Request) {
	s.fail(w, r, &Error{Status: http.StatusNotFound, Code: "no_such_call", Message: "There is no such call.", Hint: "Look at the method and the path."})
}
