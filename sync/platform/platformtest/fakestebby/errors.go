package fakestebby

import (
	"encoding/json"
	"net/http"

	"gatescand/sync/platform/platformtest/fakeserver"
)

// fault is an error of the application.
type fault struct {
	code    string
	field   string // to which Laravel's form would attach it
	message string
}

// The errors. 2108 is the document's; the other numbers, and all texts but its, are inventions.

func faultNoKey() fault {
	return fault{code: "2108", field: "Api-Key", message: "Api key is missing from the request"}
}

func faultWrongKey() fault {
	return fault{code: "99108", field: "Api-Key", message: "Api key is not valid"}
}

func faultNotUsable() fault {
	return fault{code: "99301", field: "ticketCode", message: "Ticket can not be used"}
}

// refuse writes an error of the application.
func (s *Server) refuse(f fault) fakeserver.Answer {
	m := s.mannersNow()
	status := m.ErrorStatus
	if status == 0 {
		status = http.StatusBadRequest
	}
	return m.write(status, f)
}

// invalid writes what is wrong with a question.
func (s *Server) invalid(field, message string) fakeserver.Answer {
	m := s.mannersNow()
	if m.Errors == FormMixed {
		m.Errors = FormFields
	}
	return m.write(http.StatusUnprocessableEntity, fault{code: "99422", field: field, message: message})
}

func (m Manners) write(status int, f fault) fakeserver.Answer {
	var code any = f.code
	if m.NumericCodes {
		code = json.Number(f.code)
	}
	plain := map[string]any{"code": code, "message": f.message}
	switch m.Errors {
	case FormList:
		return fakeserver.JSON(status, map[string]any{"errors": []any{plain}})
	case FormNested:
		return fakeserver.JSON(status, map[string]any{"errors": plain})
	case FormFields:
		return fakeserver.JSON(status, map[string]any{
			"message": "The given data was invalid.", "errors": map[string][]string{f.field: {f.message}},
		})
	case FormMessage:
		return fakeserver.JSON(status, map[string]string{"message": f.message})
	case FormMixed, FormDocument:
	}
	return fakeserver.JSON(status, plain)
}
