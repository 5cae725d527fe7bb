package admin

// cardRoutes is what is printed for the door: control cards and the page's own
// address.
func (s *Server) cardRoutes(registrar) {}
