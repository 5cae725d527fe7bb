package fakeserver

import (
	"cmp"
	"io"
	"net/http"
	"strings"
)

// proxyPage is what a reverse proxy says when the application behind it does not.
func proxyPage(status int, title string) Answer {
	return Answer{Status: status, Type: "text/html", Body: []byte("<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n<center><h1>" +
		title + "</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n")}
}

// captivePage is the login page of somebody's Wi-Fi.
func captivePage() Answer {
	return HTML(http.StatusOK, "<!DOCTYPE html><html><head><title>Wi-Fi</title></head><body><form method=\"post\" action=\"/login\">"+
		"<p>Bienvenue ! Connectez-vous.</p><input name=\"code\"><button>OK</button></form></body></html>")
}

// foreignJSON has the words of many interfaces and the meaning of none.
func foreignJSON(body string) Answer {
	const usual = `{"status":"ok","success":"yes","ticket":["admit"],"results":{"page":"one"},"count":-1}`
	return Answer{Status: http.StatusOK, Type: "application/json", Body: []byte(cmp.Or(body, usual))}
}

// deepJSON is a hundred thousand arrays in each other.
func deepJSON() Answer {
	const depth = 100_000
	return Answer{Status: http.StatusOK, Type: "application/json", Stream: func(w io.Writer) error {
		for _, bracket := range []string{"[", "]"} {
			chunk := strings.Repeat(bracket, 1000)
			for range depth / len(chunk) {
				if _, err := io.WriteString(w, chunk); err != nil {
					return err
				}
			}
		}
		return nil
	}}
}
