package sandbox

import (
	"crypto/subtle"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// endpoint is one call of the service.
type endpoint struct {
	name   string // short name, in counts and faults
	method string
	path   string // "trackings/*" is a carrier and a number; in v4 a * is an id
	inV1   bool   // Trackru documents it as well (§6)
	reads  bool   // an account without credits was seen to refuse it too (§3)
	serve  func(*Server, *call) answer
}

// endpoints are the calls of the service. The list and the counts answer to POST too,
// because the vendor's own clients send their parameters so (§1).
var endpoints = []endpoint{
	{"post", "POST", "trackings/post", true, false, (*Server).post},
	{"get", "GET", "trackings/*", true, true, (*Server).get},
	{"put", "PUT", "trackings/*", true, false, (*Server).put},
	{"delete-one", "DELETE", "trackings/*", true, false, (*Server).deleteOne},
	{"batch", "POST", "trackings/batch", true, false, (*Server).batch},
	{"list", "GET", "trackings/get", true, true, (*Server).list},
	{"list", "POST", "trackings/get", true, true, (*Server).list},
	{"updatemore", "POST", "trackings/updatemore", false, false, (*Server).updateMore},
	{"delete", "POST", "trackings/delete", false, false, (*Server).deleteMany},
	{realtimeName, "POST", "trackings/realtime", true, true, (*Server).realtime},
	{"update", "POST", "trackings/update", false, false, (*Server).changeCarrier},
	{"getuserinfo", "GET", "trackings/getuserinfo", false, false, (*Server).userInfo},
	{"getstatusnumber", "GET", "trackings/getstatusnumber", false, false, (*Server).statusNumber},
	{"getstatusnumber", "POST", "trackings/getstatusnumber", false, false, (*Server).statusNumber},
	{"notupdate", "POST", "trackings/notupdate", false, false, (*Server).notUpdate},
	{"remote", "POST", "trackings/remote", false, false, (*Server).remote},
	{"costtime", "POST", "trackings/costtime", false, false, (*Server).costTime},
	{"aircargo", "POST", "trackings/aircargo", false, false, (*Server).airCargo},
	{"carriers", "GET", "carriers", false, false, (*Server).carriers},
	{"detect", "POST", "carriers/detect", false, false, (*Server).detect},
	{"detect", "GET", "carriers/detect", false, false, (*Server).detect},
}

// realtimeName is the call that has limits of its own.
const realtimeName = "realtime"

// Endpoints returns the short names of all calls, as faults and counts have them.
func Endpoints() (all []string) {
	for _, d := range dialects() {
		for _, e := range d.endpoints {
			if !slices.Contains(all, e.name) {
				all = append(all, e.name)
			}
		}
	}
	return all
}

// call is one request on its way through the server.
type call struct {
	endpoint
	dialect *dialect
	key     Key    // of the path, when the path has one
	id      string // of the path, in v4
	query   url.Values
	body    []byte
	half    bool        // a fault: carry out the first half of the items only
	refused map[Key]int // faults: items to refuse, with the code for each
}

// route finds the call that a request means. The code is codeOK, or why there is
// no call.
func (s *Server) route(r *http.Request, d *dialect, path string) (*call, int) {
	if !s.validKey(r.Header.Get(d.header)) {
		return nil, codeInvalidKey
	}
	c := &call{dialect: d, query: r.URL.Query()}
	ok := true
	if d.isV4() {
		path, c.id = splitID(path)
	} else {
		path, c.key, ok = splitKey(path, r.Method)
	}
	if !ok {
		return nil, codeNotFound
	}
	code := codeNotFound
	for _, e := range d.endpoints {
		switch {
		case e.path != path:
		case e.method != r.Method:
			code = codeWrongMethod
		default:
			c.endpoint = e
			return c, codeOK
		}
	}
	return nil, code
}

// splitID replaces the id at the end of a path of v4 by "*" (§9).
func splitID(path string) (string, string) {
	parts := strings.Split(path, "/")
	if len(parts) != 3 || parts[0] != "trackings" {
		return path, ""
	}
	return parts[0] + "/" + parts[1] + "/*", parts[2]
}

// splitKey replaces the carrier and the number in a path by "*". A GET may have a
// language as a third part, which changes nothing here (§2.2).
func splitKey(path, method string) (string, Key, bool) {
	parts := strings.Split(path, "/")
	if parts[0] != "trackings" || len(parts) < 3 {
		return path, Key{}, true
	}
	if len(parts) > 4 || len(parts) == 4 && method != http.MethodGet {
		return "", Key{}, false
	}
	carrier, err1 := url.PathUnescape(parts[1])
	number, err2 := url.PathUnescape(parts[2])
	return "trackings/*", Key{carrier, number}, err1 == nil && err2 == nil
}

func (s *Server) validKey(key string) bool {
	if s.opts.Key == "" {
		return key != ""
	}
	return subtle.ConstantTimeCompare([]byte(key), []byte(s.opts.Key)) == 1
}
