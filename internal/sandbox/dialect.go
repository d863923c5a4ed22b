package sandbox

import (
	"net/http"
	"strings"
)

// dialect is one of the languages in which the account can be spoken to. The server
// itself thinks in v2's: its names of attributes, and its codes.
type dialect struct {
	version   string // the first part of the path
	header    string // carries the API key
	endpoints []endpoint
	settings  func(*Server) settings
	// says has the codes that are said otherwise than the server means them.
	says map[int]int
	// realStatus means that the HTTP status tells of errors as well.
	realStatus bool
	// wire returns what an object asks for, in the names that the server knows; nil
	// where the object has these already.
	wire func(s *Server, c *call, o object) (object, int)
	// creates and edits report whether the dialect can write a field.
	creates, edits func(field) bool
}

// The dialects, each with its own header for the key (§1, §6, §9).
var (
	dialectV2 = &dialect{
		version: "v2", header: "Trackingmore-Api-Key", endpoints: endpoints, says: codesV2,
		settings: func(s *Server) settings { return s.v2 },
		creates:  func(f field) bool { return f.create }, edits: func(f field) bool { return f.put },
	}
	dialectV1 = &dialect{
		version: "v1", header: "Api-Key", endpoints: documentedInV1(), says: codesV2,
		settings: dialectV2.settings, creates: dialectV2.creates, edits: dialectV2.edits,
	}
	dialectV4 = &dialect{
		version: "v4", header: "Tracking-Api-Key", endpoints: endpointsV4, says: codesV4, realStatus: true,
		settings: func(s *Server) settings { return s.v4 }, wire: (*Server).wireV4,
		creates: func(f field) bool { return f.v4 != "" }, edits: func(f field) bool { return f.v4 != "" },
	}
)

func (d *dialect) isV4() bool { return d.version == "v4" }

func dialects() []*dialect { return []*dialect{dialectV2, dialectV1, dialectV4} }

// documentedInV1 is what Trackru has of the calls.
func documentedInV1() (calls []endpoint) {
	for _, e := range endpoints {
		if e.inV1 {
			calls = append(calls, e)
		}
	}
	return calls
}

// dialectOf removes the version from a path; what is left has no slash at its ends.
// Without a version in front, the header that carries the key decides.
func dialectOf(r *http.Request) (d *dialect, path string) {
	path = strings.Trim(r.URL.EscapedPath(), "/")
	for _, d := range dialects() {
		if rest, ok := strings.CutPrefix(path, d.version+"/"); ok {
			return d, strings.Trim(rest, "/") // the vendor's Node SDK asks for /v4//awb
		}
	}
	for _, d := range dialects() {
		if r.Header.Get(d.header) != "" {
			return d, path
		}
	}
	return dialectV2, path
}

// readObject returns an object in the names that the server knows.
func (s *Server) readObject(c *call, o object) (object, int) {
	if c.dialect.wire == nil || o == nil {
		return o, codeOK
	}
	return c.dialect.wire(s, c, o)
}

// status is the HTTP status under which a code is said.
func (d *dialect) status(code int, real bool) int {
	switch {
	case !d.realStatus && !real:
		return http.StatusOK
	case code == codeInvalidKey || code == 4002:
		return http.StatusUnauthorized
	case code >= 400 && code < 500:
		return code
	case code >= 511 && code < 600 && d.realStatus: // its own codes of a failure
		return http.StatusInternalServerError
	case code >= 500 && code < 600:
		return code
	case code >= 4000 && d.realStatus:
		return http.StatusBadRequest
	}
	return http.StatusOK
}

// own is the code with which the dialect says what the server means.
func (d *dialect) own(code int) int {
	if said, ok := d.says[code]; ok {
		return said
	}
	return code
}
