package faketibillet

import (
	"net/http"

	"gatescand/sync/platform/platformtest/fakeserver"
)

// sayJSON is an answer of the application.
func sayJSON(status int, language string, value any) fakeserver.Answer {
	return inLanguage(language, fakeserver.JSON(status, value))
}

// inLanguage adds the headers that the framework puts on everything that comes from the application.
func inLanguage(language string, a fakeserver.Answer) fakeserver.Answer {
	return a.With("Content-Language", language).With("Vary", "Accept, Accept-Language")
}

// sayError is how the scan views report what is wrong with a request.
func sayError(status int, language, text string) fakeserver.Answer {
	return sayJSON(status, language, map[string]string{"error": text})
}

// sayDetail is how the framework does.
func sayDetail(status int, language, text string) fakeserver.Answer {
	return sayJSON(status, language, map[string]string{"detail": text})
}

func sayPage(status int, language, title, text string) fakeserver.Answer {
	body := "\n<!doctype html>\n<html lang=\"en\">\n<head>\n  <title>" + title + "</title>\n</head>\n<body>\n  <h1>" + title +
		"</h1><p>" + text + "</p>\n</body>\n</html>\n"
	return inLanguage(language, fakeserver.Answer{Status: status, Type: "text/html", Body: []byte(body)})
}

// sayServerError is the framework's page for an exception nobody caught. A scan app with a wrong key gets it.
func sayServerError(language string) fakeserver.Answer {
	return sayPage(http.StatusInternalServerError, language, "Server Error (500)", "")
}

func sayNotFound(language string) fakeserver.Answer {
	return sayPage(http.StatusNotFound, language, "Not Found", "The requested resource was not found on this server.")
}
