package engine

import (
	"fmt"
	"net/http"
	"path"
	"path/filepath"
	"sync"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// SandboxCredits is what an account of the embedded sandbox has.
const SandboxCredits = 1_000_000

// connect opens the client. The embedded sandbox is a client's transport like any
// other.
func (e *Engine) connect() error {
	p := e.Config.Provider
	o := trackingmore.Options{
		Dialect: trackingmore.DialectOf(p.Service), Endpoint: p.Endpoint, Key: p.APIKey, Rate: p.RequestsPerSecond,
		Pause: p.RateLimitPause, Timeout: p.Timeout, BatchSize: p.BatchSize,
		UserAgent: "tmsync/" + e.opts.Version, Observe: e.observe, PaceDir: e.opts.PaceDir, Written: e.opts.Now(),
		Lag: e.opts.ReadLag,
	}
	if e.Session != nil {
		o.Before, o.Sent = e.Session.Hold, e.Store.LastRequest()
	}
	if p.Endpoint == config.Sandbox {
		o.Transport, o.Endpoint, o.Key = e.sandbox(), sandboxEndpoint(p.Service), "sandbox"
		o.Lag, o.PaceDir = -1, "" // it reads what it has written, and is this process's own
		if e.opts.Transport != nil {
			o.Transport, o.Rate, o.Written = e.opts.Transport, 0, time.Time{} // nobody else asks it
		}
	}
	if o.Key == "" {
		return e.invalid(Failure, hcl.Diagnostics{{
			Severity: hcl.DiagError, Summary: "No API key",
			Detail: fmt.Sprintf("Set %s in the environment, or api_key in the provider block, preferably from a variable that is marked sensitive. "+
				"To try tmsync without an account, set endpoint = \"sandbox\".", p.Service.KeyEnv),
			Subject: p.DeclRange.Ptr(),
		}})
	}
	client, err := trackingmore.New(o)
	if err != nil {
		return Because(Failure, "The client could not be set up", err)
	}
	e.Client = client
	return nil
}

// observe counts what is sent.
func (e *Engine) observe(event trackingmore.Event) {
	if event.Kind == trackingmore.EventAnswer {
		e.traffic.Waited[event.Call] += event.Took
		if event.Code == http.StatusTooManyRequests {
			e.traffic.Throttled++
		}
	}
	if e.opts.Observe != nil {
		e.opts.Observe(event)
	}
}

// sandboxEndpoint is where the embedded sandbox serves a service: under the path
// that the service itself has. The host is never looked up.
func sandboxEndpoint(s *tracking.Service) string {
	return "http://localhost/" + path.Base(s.Endpoint)
}

// lazy is a transport that is made when the first request leaves: the embedded
// sandbox reads all of its trackings, and some plans ask for none.
type lazy func() (http.RoundTripper, error)

// RoundTrip implements http.RoundTripper.
func (l lazy) RoundTrip(r *http.Request) (*http.Response, error) {
	t, err := l()
	if err != nil {
		return nil, err
	}
	return t.RoundTrip(r)
}

func (e *Engine) sandbox() http.RoundTripper {
	return lazy(sync.OnceValues(func() (http.RoundTripper, error) {
		file := filepath.Join(e.opts.Dir, ".tmsync", "sandbox.jsonl")
		if _, err := Below(e.opts.Dir, file); err != nil {
			return nil, err
		}
		srv, err := sandbox.New(sandbox.Options{Path: file, Credits: SandboxCredits, Now: e.opts.Now})
		if err != nil {
			return nil, err
		}
		return srv.Transport(), nil
	}))
}
