package storetest

import (
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// GitLab is a service of Terraform's http protocol below any path: PATH/NAME is a
// state, PATH/NAME/lock its lock, PATH/NAME/versions/SERIAL one version of it. Its
// rules are those of GitLab's source; what is switched on makes it a lesser service.
type GitLab struct {
	Username, Password string // asked for where there is a user

	SameSerial bool  // takes a serial twice, as services do that know no serials
	NoLocks    bool  // has no locks
	OnlyLatest bool  // keeps no versions
	NoDelete   bool  // deletes no states
	MostBytes  int64 // of a state; 0 is no limit

	mu     sync.Mutex
	states map[string]*gitlabState
}

type gitlabState struct {
	versions map[uint64][]byte
	lock     map[string]string // nil for a state that nobody has locked
}

// latest is the version of the highest serial, which is GitLab's order too.
func (s *gitlabState) latest() []byte {
	if len(s.versions) == 0 {
		return nil
	}
	return s.versions[slices.Max(slices.Collect(maps.Keys(s.versions)))]
}

// matches reports whether the lock's id is that of a request. Where nobody holds
// the lock, a request that names one is refused as well.
func (s *gitlabState) matches(id string) bool { return s.lock["ID"] == id }

// Break removes the lock of a state, whoever holds it, as the button does.
func (g *GitLab) Break(name string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.state(name).lock = nil
}

// Versions counts the versions of a state.
func (g *GitLab) Versions(name string) int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.state(name).versions)
}

func (g *GitLab) state(name string) *gitlabState {
	if g.states == nil {
		g.states = map[string]*gitlabState{}
	}
	if g.states[name] == nil {
		g.states[name] = &gitlabState{versions: map[uint64][]byte{}}
	}
	return g.states[name]
}

// ServeHTTP answers as the service does.
func (g *GitLab) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if user, password, _ := r.BasicAuth(); g.Username != "" && (user != g.Username || password != g.Password) {
		http.Error(w, `{"message":"401 Unauthorized"}`, http.StatusUnauthorized)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	path, rest := strings.TrimPrefix(r.URL.Path, "/"), ""
	if before, ok := strings.CutSuffix(path, "/lock"); ok {
		path, rest = before, "lock"
	} else if i := strings.Index(path, "/versions/"); i >= 0 {
		path, rest = path[:i], path[i+1:]
	}
	name := path[strings.LastIndex(path, "/")+1:]

	g.mu.Lock()
	defer g.mu.Unlock()
	state := g.state(name)
	switch {
	case rest == "lock" && !g.NoLocks:
		g.serveLock(w, r, state, body)
	case rest == "" && r.Method == http.MethodGet:
		serveDocument(w, state.latest())
	case rest == "" && r.Method == http.MethodPost:
		g.serveUpdate(w, r, state, body)
	case rest == "" && r.Method == http.MethodDelete && !g.NoDelete:
		if !state.matches(r.URL.Query().Get("ID")) {
			http.Error(w, `{"error":"500 Internal Server Error"}`, http.StatusInternalServerError)
			return
		}
		delete(g.states, name)
	case strings.HasPrefix(rest, "versions/") && r.Method == http.MethodGet && !g.OnlyLatest:
		serial, _ := strconv.ParseUint(strings.TrimPrefix(rest, "versions/"), 10, 64)
		serveDocument(w, state.versions[serial])
	default:
		http.Error(w, `{"error":"404 Not Found"}`, http.StatusNotFound)
	}
}

func serveDocument(w http.ResponseWriter, document []byte) {
	if document == nil {
		http.Error(w, `{"message":"404 Not found"}`, http.StatusNotFound)
		return
	}
	_, _ = w.Write(document)
}

func (g *GitLab) serveUpdate(w http.ResponseWriter, r *http.Request, state *gitlabState, body []byte) {
	var document struct{ Serial *uint64 }
	switch {
	case len(body) == 0:
		w.WriteHeader(http.StatusNoContent)
		return
	case !state.matches(r.URL.Query().Get("ID")):
		// GitLab does not catch this one.
		http.Error(w, `{"error":"500 Internal Server Error"}`, http.StatusInternalServerError)
		return
	case g.MostBytes > 0 && int64(len(body)) > g.MostBytes:
		http.Error(w, "Payload Too Large", http.StatusRequestEntityTooLarge)
		return
	case r.Header.Get("Content-Type") != "application/json" || json.Unmarshal(body, &document) != nil || document.Serial == nil:
		http.Error(w, `{"message":"400 Bad request"}`, http.StatusBadRequest)
		return
	}
	if _, taken := state.versions[*document.Serial]; taken && !g.SameSerial {
		http.Error(w, `{"message":{"version":["has already been taken"]}}`, http.StatusUnprocessableEntity)
		return
	}
	if g.OnlyLatest && g.SameSerial {
		clear(state.versions)
	}
	state.versions[*document.Serial] = body
}

func (g *GitLab) serveLock(w http.ResponseWriter, r *http.Request, state *gitlabState, body []byte) {
	asked := map[string]string{}
	if len(body) > 0 && json.Unmarshal(body, &asked) != nil {
		http.Error(w, `{"message":"400 Bad request"}`, http.StatusBadRequest)
		return
	}
	if id := r.URL.Query().Get("ID"); id != "" {
		asked["ID"] = id
	}
	switch r.Method {
	case http.MethodPost:
		for _, member := range []string{"ID", "Operation", "Info", "Who", "Version", "Created", "Path"} {
			if _, ok := asked[member]; !ok {
				http.Error(w, `{"error":"`+member+` is missing"}`, http.StatusBadRequest)
				return
			}
		}
		if state.lock != nil {
			w.WriteHeader(http.StatusConflict)
		} else {
			state.lock = map[string]string{"ID": asked["ID"], "Who": or(g.Username, "root"), "Created": time.Now().UTC().Format(time.RFC3339)}
		}
		// The answer has the holder's id and user, and of the rest what was asked with.
		answer := maps.Clone(asked)
		maps.Copy(answer, state.lock)
		_ = json.NewEncoder(w).Encode(answer)
	case http.MethodDelete:
		if id, ok := asked["ID"]; ok && !state.matches(id) {
			w.WriteHeader(http.StatusConflict)
			return
		}
		state.lock = nil
	default:
		http.Error(w, "", http.StatusMethodNotAllowed)
	}
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
