package cli_test

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/httpstore"
	"github.com/tmsync/tmsync/state/shared/s3store"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

// storeServer is a store for states behind real HTTP, which can be shut.
type storeServer struct {
	http.Handler
	mu       sync.Mutex
	shut     bool
	readOnly bool
	asked    int
}

// ServeHTTP implements http.Handler.
func (s *storeServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	s.asked++
	refused := s.shut || s.readOnly && r.Method != http.MethodGet && r.Method != http.MethodHead
	s.mu.Unlock()
	if refused {
		http.Error(w, "<Error><Code>AccessDenied</Code></Error>", http.StatusForbidden)
		return
	}
	s.Handler.ServeHTTP(w, r)
}

// careless is an S3 server that ignores conditions.
type careless struct{ http.Handler }

// ServeHTTP implements http.Handler.
func (c careless) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.Header.Del("If-Match")
	r.Header.Del("If-None-Match")
	c.Handler.ServeHTTP(w, r)
}

// serveStore is the command "store" of scripts.
func serveStore(t *testing.T, ts *testscript.TestScript, s *script, args []string) error {
	if len(args) == 0 {
		return errors.New("store s3|gitlab [OPTION…], or store shut|open|readonly|requests")
	}
	switch args[0] {
	case "shut", "open", "readonly":
		s.store.mu.Lock()
		defer s.store.mu.Unlock()
		s.store.shut, s.store.readOnly = args[0] == "shut", args[0] == "readonly"
		return nil
	case "requests":
		s.store.mu.Lock()
		defer s.store.mu.Unlock()
		fmt.Fprintln(ts.Stdout(), s.store.asked)
		s.store.asked = 0
		return nil
	}
	server := &storeServer{}
	web := httptest.NewServer(server)
	ts.Defer(web.Close)
	s.store = server
	switch args[0] {
	case "s3":
		server.Handler = storetest.S3(t, "acme")
		if len(args) > 1 && args[1] == "careless" {
			server.Handler = careless{server.Handler}
		}
		ts.Setenv("AWS_ENDPOINT_URL_S3", web.URL)
		s.engine = func() (shared.Engine, error) {
			return s3store.Open(context.Background(), s3store.Config{
				Bucket: "acme", Key: "parcels/prod", Region: "us-east-1", AccessKey: "script", SecretKey: "script", Endpoint: web.URL, UsePathStyle: true,
			})
		}
	case "gitlab":
		g, elsewhere := &storetest.GitLab{Username: "gitlab-ci-token", Password: "job-token"}, ""
		for _, option := range args[1:] {
			switch option {
			case "same-serial":
				g.SameSerial = true
			case "no-locks":
				g.NoLocks = true
			case "moved":
				thief := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					t.Errorf("a request went to another origin: %s %s", r.Method, r.URL)
				}))
				ts.Defer(thief.Close)
				elsewhere = thief.URL
			default:
				return fmt.Errorf("there is no option %s", option)
			}
		}
		server.Handler = g
		if elsewhere != "" {
			server.Handler = http.RedirectHandler(elsewhere, http.StatusTemporaryRedirect)
		}
		address := web.URL + "/api/v4/projects/1/terraform/state/prod"
		ts.Setenv("TF_HTTP_ADDRESS", address)
		ts.Setenv("TF_HTTP_USERNAME", "gitlab-ci-token")
		ts.Setenv("TF_HTTP_PASSWORD", "job-token")
		c := httpstore.Config{Address: address, Username: "gitlab-ci-token", Password: "job-token"}
		if !g.NoLocks {
			c.LockAddress, c.LockMethod, c.UnlockMethod = address+"/lock", "POST", "DELETE"
			ts.Setenv("TF_HTTP_LOCK_ADDRESS", c.LockAddress)
			ts.Setenv("TF_HTTP_LOCK_METHOD", "POST")
			ts.Setenv("TF_HTTP_UNLOCK_METHOD", "DELETE")
		}
		s.engine = func() (shared.Engine, error) { return httpstore.Open(context.Background(), c) }
	default:
		return fmt.Errorf("there is no store %s", args[0])
	}
	return nil
}

// holdStore is the command "holder" of scripts: somebody else takes the lock, shows
// signs of life or not, and gives it back.
func holdStore(ts *testscript.TestScript, s *script, args []string) error {
	switch strings.Join(args, " ") {
	case "lock", "lock alive":
		e, err := s.engine()
		if err != nil {
			return err
		}
		s.holder = &holder{engine: e}
		s.holder.unlock, err = shared.New(e, shared.Options{}).Lock(context.Background(), state.Info{
			ID: "L1", Operation: "apply", Who: "somebody", Host: "runner-7", PID: 4711, Since: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC), Tool: "tmsync 0.1.0",
		}, 0)
		if err != nil {
			return err
		}
		if len(args) > 1 {
			s.holder.live()
		}
		h := s.holder
		ts.Defer(func() {
			h.die()
			_ = h.unlock() // it may be another's by now
		})
		return nil
	case "die":
		s.holder.die()
		return nil
	case "unlock":
		s.holder.die()
		return s.holder.unlock()
	}
	return errors.New("holder lock [alive], holder die, or holder unlock")
}

// holder is somebody else who holds the lock.
type holder struct {
	engine shared.Engine
	unlock func() error
	stop   chan struct{}
	once   sync.Once
	done   sync.WaitGroup
}

// live writes the head again and again, as a run does that renews its lock.
func (h *holder) live() {
	h.stop = make(chan struct{})
	h.done.Go(func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-h.stop:
				return
			case <-tick.C:
			}
			data, version, err := h.engine.Head(context.Background())
			var head map[string]any
			if err != nil || json.Unmarshal(data, &head) != nil {
				continue
			}
			head["write"] = rand.Text()
			if data, err = json.Marshal(head); err == nil {
				_, _ = h.engine.SwapHead(context.Background(), version, data)
			}
		}
	})
}

func (h *holder) die() {
	if h.stop != nil {
		h.once.Do(func() { close(h.stop) })
		h.done.Wait()
	}
}
