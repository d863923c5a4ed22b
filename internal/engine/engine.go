package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/state"
)

// Options are where the engine works, for whom, and who observes it.
type Options struct {
	Dir     string // the configuration's directory
	Version string // this program's
	Now     func() time.Time
	At      time.Time // what timestamp() has said
	State   StateOptions
	// Transport carries the requests of the embedded sandbox; nil for one of its own,
	// whose trackings are kept in the directory.
	Transport http.RoundTripper
	PaceDir   string        // where processes share an account's pace, "" for nowhere
	ReadLag   time.Duration // how long reads may lag behind writes; 0 is the client's default
	// Notice is told warnings, with the sources of their places.
	Notice func(hcl.Diagnostics, map[string]*hcl.File)
	// Observe sees what the client does; nil for nobody.
	Observe func(trackingmore.Event)
}

// StateOptions are who opens a state, and how.
type StateOptions struct {
	Key         []byte       // of the fingerprints and the MAC, empty for none
	Ahead       *state.Ahead // what may have been read of it already, or nil
	NoLock      bool
	LockTimeout time.Duration
	Who, Host   string // who holds the lock
	PID         int
	// Disposable means that the machine is thrown away afterwards: it is of no matter
	// who may write there.
	Disposable bool
}

// Access is what is done to a state.
type Access bool

// The kinds of access.
const (
	Reading Access = false
	Writing Access = true
)

// Engine is a configuration, its state, which is locked, and its service.
type Engine struct {
	Config  *config.Config
	Store   state.Managed
	Session *state.Session // nil without a state
	Client  *trackingmore.Client
	Started time.Time
	opts    Options
	traffic Traffic
	data    dataRead
}

// Traffic is what was sent, and how it was answered.
type Traffic struct {
	Requests  map[string]int           // by endpoint
	Waited    map[string]time.Duration // for answers, by endpoint
	Throttled int                      // answers that told to wait
}

// Open opens the state of a configuration, in its store, and a client: what is wrong
// with the state costs no request. It is to be closed.
func Open(ctx context.Context, cfg *config.Config, store state.Managed, o Options, acc Access) (*Engine, error) {
	e := newEngine(cfg, o)
	e.Store = store
	operation := "plan"
	if acc == Writing {
		operation = "apply"
	}
	var err error
	if e.Session, err = OpenState(ctx, e.Store, o, state.OpenOptions{Operation: operation, ReadOnly: acc == Reading}); err != nil {
		return nil, err
	}
	if e.Session.State().KeyChanged {
		e.warn("Another TMSYNC_STATE_KEY", "The state was written with another TMSYNC_STATE_KEY, or with none, so what it holds of customers' data cannot be compared. "+
			"What the service does not show of it is sent once more, and runs with the key of before do not believe what this one writes. If the key is missing by mistake, set it and run this again.")
	}
	o.NoticeOlder(e.Session)
	if err := e.connect(); err != nil {
		return nil, errors.Join(err, e.Close())
	}
	return e, nil
}

// Connect opens a client for a configuration, without a state. It is to be closed.
func Connect(cfg *config.Config, o Options) (*Engine, error) {
	e := newEngine(cfg, o)
	if err := e.connect(); err != nil {
		return nil, err
	}
	return e, nil
}

func newEngine(cfg *config.Config, o Options) *Engine {
	return &Engine{Config: cfg, opts: o, Started: o.Now(), traffic: Traffic{Waited: map[string]time.Duration{}}}
}

// Close releases the lock. A failure to do so undoes nothing.
func (e *Engine) Close() error {
	if e.Client != nil {
		e.Client.CloseIdle()
	}
	if e.Session == nil {
		return nil
	}
	if err := e.Session.Close(); err != nil {
		return Because(0, "The lock could not be released", err)
	}
	return nil
}

// Traffic returns what was sent so far.
func (e *Engine) Traffic() Traffic {
	t := e.traffic
	if e.Client != nil {
		t.Requests = e.Client.Requests()
	}
	return t
}

// invalid is the problem of diagnostics about the configuration.
func (e *Engine) invalid(code Code, diags hcl.Diagnostics) error {
	return &Problem{Code: code, Diagnostics: diags, Files: e.Config.Sources()}
}

func (e *Engine) notice(diags hcl.Diagnostics) {
	if len(diags) > 0 {
		e.opts.Notice(diags, e.Config.Sources())
	}
}

func (e *Engine) warn(summary, detail string) { e.opts.warn(summary, detail) }

func (o Options) warn(summary, detail string) {
	o.Notice(hcl.Diagnostics{{Severity: hcl.DiagWarning, Summary: summary, Detail: detail}}, nil)
}

// Unread is the error of a read that did not succeed. An interruption is not its
// fault.
func Unread(ctx context.Context, summary string, err error) error {
	if ctx.Err() != nil {
		return Failed(Partial, "Interrupted", "Nothing was changed.")
	}
	return Because(Failure, summary, err)
}

// Below reports whether a path is below a directory. It is an error if a directory on
// the way is a symbolic link: a checkout must not choose where something is written.
func Below(base, path string) (bool, error) {
	rel, err := filepath.Rel(base, path)
	if err != nil || !filepath.IsLocal(rel) {
		return false, nil
	}
	at := ""
	parts := strings.Split(rel, string(filepath.Separator))
	for _, part := range parts[:len(parts)-1] {
		at = filepath.Join(at, part)
		if info, err := os.Lstat(filepath.Join(base, at)); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return true, fmt.Errorf("the directory %s is a symbolic link, and links are not followed; name the directory itself", text.Quote(at))
		}
	}
	return true, nil
}
