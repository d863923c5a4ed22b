package sandbox

import (
	"compress/gzip"
	"io"
	"net/http"
	"slices"
	"strings"
)

// armed is a fault with the requests that it has seen.
type armed struct {
	Fault
	seen int
}

// AddFault arms a fault: it counts requests from now on. Of several that are due
// for one request the one armed first happens; items that are refused add up.
func (s *Server) AddFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &armed{Fault: f})
}

// ClearFaults disarms every fault.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// dueFaults counts a request to an endpoint, and returns what is due for it. Faults
// that cannot come again are forgotten.
func (s *Server) dueFaults(endpoint string) (due *Fault, refused map[Key]int) {
	for _, a := range s.faults {
		if a.endpoint != "*" && a.endpoint != endpoint {
			continue
		}
		a.seen++
		switch {
		case a.seen < a.from || a.to > 0 && a.seen > a.to:
		case a.kind == kindItem:
			if refused == nil {
				refused = make(map[Key]int)
			}
			refused[a.key] = a.code
		case due == nil:
			due = &a.Fault
		}
	}
	s.faults = slices.DeleteFunc(s.faults, func(a *armed) bool { return a.to > 0 && a.seen >= a.to })
	return due, refused
}

// page is the answer of a proxy in front of the service.
const page = "<!DOCTYPE html>\n<html><head><title>Sandbox</title></head><body><h1>This is not the API.</h1></body></html>\n"

// misbehave carries a request out as far as the fault allows, and answers it badly.
func (s *Server) misbehave(w http.ResponseWriter, r *http.Request, c *call, f *Fault) {
	a := answer{code: codeOK}
	switch f.effect {
	case effectNone:
	case effectHalf:
		if c.bulk() {
			c.half = true
			a = s.perform(c)
		}
	case effectApplied:
		a = s.perform(c)
	}
	s.delay(r)
	switch f.kind {
	case kindItem: // never due: it does not concern the answer as a whole
	case kindMeta:
		if f.arg != "" {
			w.Header().Set("Retry-After", f.arg)
		}
		status := f.status
		if c.dialect.realStatus {
			status = c.dialect.status(c.dialect.own(f.code), true)
		}
		send(w, status, c.dialect.encode(answer{code: f.code}))
	case kindPage:
		sendPage(w, f)
	case kindDrop:
		panic(http.ErrAbortHandler)
	case kindHang:
		<-r.Context().Done()
		panic(http.ErrAbortHandler)
	case kindEmpty:
		w.WriteHeader(http.StatusOK)
	case kindTruncate:
		body := c.dialect.encode(a)
		send(w, http.StatusOK, body[:len(body)/2])
	case kindShown, kindTotal, kindEndless:
		s.write(w, c.dialect, f.distort(s, c, a))
	case kindBomb:
		sendBomb(w, r, f.mib)
	}
}

// bulk reports whether a call takes an array of which half can be carried out.
func (c *call) bulk() bool {
	return slices.Contains([]string{"batch", "updatemore", "delete", "notupdate"}, c.name)
}

func sendPage(w http.ResponseWriter, f *Fault) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	switch {
	case f.status >= 300 && f.status < 400:
		h.Set("Location", f.arg)
	case f.arg != "":
		h.Set("Retry-After", f.arg)
	}
	w.WriteHeader(f.status)
	_, _ = io.WriteString(w, page)
}

// sendBomb sends an answer that never comes to its point.
func sendBomb(w http.ResponseWriter, r *http.Request, mib int) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	var out io.Writer = w
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		packed := gzip.NewWriter(w)
		defer func() { _ = packed.Close() }() // fails only when the client is gone
		out = packed
	}
	blank := []byte(strings.Repeat(" ", 1<<20))
	for range mib {
		if _, err := out.Write(blank); err != nil {
			return
		}
	}
}
