package admin

import (
	"net/http"
	"strconv"
)

// number reads a whole number of the query between low and high, or gives the
// fallback where it is not there.
func number(r *http.Request, name string, fallback, low, high int64) (int64, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return fallback, nil
	}
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < low || n > high {
		return 0, badQuery(name, "a whole number from "+strconv.FormatInt(low, 10)+" to "+strconv.FormatInt(high, 10))
	}
	return n, nil
}

// flag reads a yes or no of the query; no where it is not there.
func flag(r *http.Request, name string) (bool, error) {
	switch r.URL.Query().Get(name) {
	case "":
		return false, nil
	case "1", "true":
		return true, nil
	case "0", "false":
		return false, nil
	}
	return false, badQuery(name, "1 or 0")
}

func badQuery(name, want string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: "bad_query", Message: "The query's " + name + " is not what it should be.", Hint: "It must be " + want + "."}
}
