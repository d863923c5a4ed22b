package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// controlPrefix is where the control interface over HTTP is. It needs no key, since the sandbox listens on
// loopback addresses only.
//
//	GET    /_sandbox/requests                    {"list":2,…}
//	DELETE /_sandbox/requests                    counts from nothing again
//	GET    /_sandbox/trackings                   one row a line, ordered by key
//	POST   /_sandbox/trackings                   array of rows; members that are absent stay as they are
//	DELETE /_sandbox/trackings/CARRIER/NUMBER
//	POST   /_sandbox/faults                      one fault a line
//	DELETE /_sandbox/faults
//	POST   /_sandbox/credits                     a number
//
// What was done is answered with 204, what is wrong with 400 and a line of text.
const controlPrefix = "/_sandbox/"

func isControl(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, controlPrefix) }

func (s *Server) serveControl(w http.ResponseWriter, r *http.Request, body []byte) {
	path := strings.TrimPrefix(r.URL.Path, controlPrefix)
	var err error
	switch key, isKey := strings.CutPrefix(path, "trackings/"); {
	case len(body) > maxBody:
		err = fmt.Errorf("the body has more than %d bytes", maxBody)
	case r.Method == http.MethodGet && path == "requests":
		s.sendLines(w, []any{s.Requests()})
		return
	case r.Method == http.MethodGet && path == "trackings":
		var lines []any
		for _, row := range s.Rows() {
			lines = append(lines, row)
		}
		s.sendLines(w, lines)
		return
	case r.Method == http.MethodDelete && path == "requests":
		s.ResetRequests()
	case r.Method == http.MethodPost && path == "trackings":
		err = s.putPartial(body)
	case r.Method == http.MethodDelete && isKey:
		var k Key
		if k, err = parseKey(key); err == nil {
			err = s.Remove(k)
		}
	case r.Method == http.MethodPost && path == "faults":
		err = s.addFaults(body)
	case r.Method == http.MethodDelete && path == "faults":
		s.ClearFaults()
	case r.Method == http.MethodPost && path == "credits":
		var n int
		if n, err = strconv.Atoi(strings.TrimSpace(string(body))); err == nil {
			err = s.SetCredits(n)
		}
	default:
		http.NotFound(w, r)
		return
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// sendLines writes one JSON value a line.
func (s *Server) sendLines(w http.ResponseWriter, lines []any) {
	w.Header().Set("Content-Type", "application/x-ndjson; charset=utf-8")
	enc := json.NewEncoder(w)
	for _, l := range lines {
		if enc.Encode(l) != nil {
			return // the client is gone
		}
	}
}

// putPartial creates or edits trackings; a row that is there keeps what is not
// given.
func (s *Server) putPartial(body []byte) error {
	var raws []json.RawMessage
	if err := json.Unmarshal(body, &raws); err != nil {
		return fmt.Errorf("the body is no JSON array: %w", err)
	}
	rows := make([]Row, len(raws))
	for i, raw := range raws {
		var given Row
		if err := json.Unmarshal(raw, &given); err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
		rows[i], _ = s.Row(given.Key())
		dec := json.NewDecoder(bytes.NewReader(raw))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&rows[i]); err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	return s.Put(rows...)
}

// addFaults arms the faults of a text, or none of them.
func (s *Server) addFaults(body []byte) error {
	var faults []Fault
	var problems []error
	for text := range strings.Lines(string(body)) {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		f, err := ParseFault(text)
		faults, problems = append(faults, f), append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	for _, f := range faults {
		s.AddFault(f)
	}
	return nil
}
