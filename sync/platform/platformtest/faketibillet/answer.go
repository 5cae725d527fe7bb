package faketibillet

import (
	"bytes"
	"encoding/json"
	"net/http"
)

// answer is what the server has decided to say, before any mood spoils it.
type answer struct {
	status      int
	contentType string
	language    string // Content-Language; empty for answers that do not come from the application
	header      http.Header
	body        []byte
}

// sayJSON is an answer of the application. Unlike Go's default nothing is escaped for HTML, as on the real server.
func sayJSON(status int, language string, value any) answer {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return sayServerError(language)
	}
	return answer{
		status: status, contentType: "application/json", language: language, header: http.Header{},
		body: bytes.TrimRight(body.Bytes(), "\n"),
	}
}

// sayError is how the scan views report what is wrong with a request.
func sayError(status int, language, text string) answer {
	return sayJSON(status, language, map[string]string{"error": text})
}

// sayDetail is how the framework does.
func sayDetail(status int, language, text string) answer {
	return sayJSON(status, language, map[string]string{"detail": text})
}

func sayPage(status int, language, title, text string) answer {
	body := "\n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>" + title + "</title>\n</head>\n<body>\n  <h1>" + title +
		"</h1><p>" + text + "</p>\n</body>\n</html>\n"
	return answer{status: status, contentType: "text/html", language: language, header: http.Header{}, body: []byte(body)}
}

// sayServerError is the framework's page for an exception nobody caught. A scan app with a wrong key gets it.
func sayServerError(language string) answer {
	return sayPage(http.StatusInternalServerError, language, "Server Error (500)", "")
}

func sayNotFound(language string) answer {
	return sayPage(http.StatusNotFound, language, "Not Found", "The requested resource was not found on this server.")
}

func sayRedirect(status int, language, location string) answer {
	return answer{
		status: status, contentType: "text/html; charset=utf-8", language: language,
		header: http.Header{"Location": {location}},
	}
}
