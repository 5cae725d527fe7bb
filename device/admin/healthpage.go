package admin

// healthRoutes is how the box is, and the configuration in force.
func (s *Server) healthRoutes(registrar) {}
