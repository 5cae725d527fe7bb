package admin

// setupRoutes leads a fresh station to its first admitted ticket.
func (s *Server) setupRoutes(registrar) {}
