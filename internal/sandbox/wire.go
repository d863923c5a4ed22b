package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"slices"
	"time"
)

// answer is what a call answers, before it is written.
type answer struct {
	code    int
	message string // "" is the code's own
	data    any    // nil is written as [], as the service does when there is nothing (§1)
}

// encode writes the envelope as the service does, slashes escaped (§1).
func (d *dialect) encode(a answer) []byte {
	m := metaFor(d.own(a.code))
	if a.message != "" {
		m.Message = a.message
	}
	if a.data == nil {
		a.data = []struct{}{}
	}
	var b escaped
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(struct {
		Meta meta `json:"meta"`
		Data any  `json:"data"`
	}{m, a.data}); err != nil {
		panic(err) // the shapes are this package's own: none of them can fail
	}
	return bytes.TrimSuffix(b, []byte("\n"))
}

// escaped is JSON with its slashes escaped.
type escaped []byte

// Write is part of io.Writer.
func (e *escaped) Write(p []byte) (int, error) {
	*e = slices.Grow(*e, len(p)+bytes.Count(p, []byte("/")))
	for rest := p; len(rest) > 0; {
		plain, after, slash := bytes.Cut(rest, []byte("/"))
		*e = append(*e, plain...)
		if slash {
			*e = append(*e, '\\', '/')
		}
		rest = after
	}
	return len(p), nil
}

// write sends an answer. In v2 and v1 errors come under HTTP 200, as recorded (§1),
// unless Options.RealStatus is set.
func (s *Server) write(w http.ResponseWriter, d *dialect, a answer) {
	send(w, d.status(d.own(a.code), s.opts.RealStatus), d.encode(a))
}

// send writes a body of JSON. That a client went away is no business of ours.
func send(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// orNull is null for an empty text.
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// stamp writes a time as created_at and updated_at have it (§1): never with "Z".
func (s *Server) stamp(t time.Time) string {
	return t.In(s.opts.Zone).Format("2006-01-02T15:04:05-07:00")
}

// stampOrNull is stamp, and null for no time.
func (s *Server) stampOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return s.stamp(t)
}
