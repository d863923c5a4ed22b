package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/httpstore"
	"github.com/tmsync/tmsync/state/shared/pgstore"
	"github.com/tmsync/tmsync/state/shared/s3store"
)

// sharedState is a state behind a backend, as a command uses it.
type sharedState struct {
	*shared.Store
	waiting *lockWait
}

// Lock is the store's, and ends the line that says how long it has taken.
func (s *sharedState) Lock(ctx context.Context, info state.Info, timeout time.Duration) (func() error, error) {
	defer s.waiting.bar.Clear()
	return s.Store.Lock(ctx, info, timeout)
}

// IsShared reports whether a state is kept where other machines reach it.
func IsShared(store state.Managed) bool {
	_, is := store.(*sharedState)
	return is
}

// newSharedState returns the state behind a backend. The store is not asked yet.
func newSharedState(ctx context.Context, a *App, cfg *config.Config) (state.Managed, error) {
	if cfg.Backend.Missing.HasErrors() {
		return nil, Invalid(Failure, cfg.Backend.Missing, cfg.Sources())
	}
	e, err := openBackend(ctx, cfg.Backend)
	if err != nil {
		return nil, Fail("The backend cannot be used", text.Sentence(err))
	}
	wait := &lockWait{app: a, name: e.Name()}
	return &sharedState{waiting: wait, Store: shared.New(e, shared.Options{
		Now: a.Now, RequestTimeout: cfg.Provider.Timeout, NotesDir: filepath.Join(a.Dir, ".tmsync", notesName(e.Name())),
		Waiting: wait.tell,
		Beside: func(holder state.Info) {
			a.Warn("Another run is at work", fmt.Sprintf("Somebody holds the lock of %s (%s). It is read as it is at this moment, without the lock; a plan that is made from it is stale when that run has changed something.",
				text.Inert(e.Name()), text.Inert(holder.String())))
		},
		Unfenced: func() {
			a.Warn("Only the service's locks keep two runs apart", fmt.Sprintf("%s takes a second write from one version of the state, so it does not stop a run whose lock was broken. "+
				"Break no lock of a run that may still be at work; GitLab, S3 and PostgreSQL do stop it.", text.Inert(e.Name())))
		},
	})}, nil
}

var noFileName = regexp.MustCompile(`[^A-Za-z0-9.]+`)

// notesName is the directory of the notes on a shared state: its name for people, and
// a hash, since two names may look the same.
func notesName(name string) string {
	sum := sha256.Sum256([]byte(name))
	shown := strings.Trim(noFileName.ReplaceAllString(name, "-"), "-.")
	return shown[:min(len(shown), 80)] + "-" + hex.EncodeToString(sum[:4])
}

// lockWait is what has been said on stderr of the lock that is waited for.
type lockWait struct {
	app   *App
	name  string
	about string // whom it has told of
	bar   *Progress
}

// tell names, once, who holds the lock and how long it is waited for. A terminal is
// shown how long that has been.
func (w *lockWait) tell(wait shared.Wait) {
	if holder := wait.Holder.String(); holder != w.about {
		w.bar.Clear()
		w.about = holder
		shows := ""
		if wait.ForSign {
			shows = " Whether that run is still at work shows by then."
		}
		fmt.Fprintf(w.app.Stderr, "Waiting for the lock of %s, for up to %v: somebody else holds it (%s).%s\n",
			text.Inert(w.name), wait.Most.Round(time.Second), text.Inert(holder), shows)
	}
	if w.app.StderrWidth > 0 && !w.app.Recorder.silent() {
		if w.bar == nil {
			w.bar = NewProgress(w.app, "Waiting for the lock")
		}
		w.bar.draw(fmt.Sprintf("Waiting for the lock: %s of %s", text.Duration(wait.Since.Seconds()), text.Duration((wait.Since + wait.Most).Seconds())))
	}
}

// checkShared returns an error for a run that must not use a shared state.
func checkShared(ctx context.Context, a *App, cfg *config.Config, store state.Managed) error {
	if !IsShared(store) {
		return nil
	}
	if cfg.Provider.Endpoint == config.Sandbox {
		place := cfg.Provider.DeclRange
		if cfg.Provider.EndpointRange.Filename != "" {
			place = cfg.Provider.EndpointRange
		}
		return Invalid(Failure, hcl.Diagnostics{{
			Severity: hcl.DiagError, Summary: "The embedded sandbox has no shared state", Subject: &place,
			Detail: "The trackings of the embedded sandbox are in .tmsync on this machine, and other machines would look for them in vain. " +
				"Name another endpoint, serve one sandbox for all with \"tmsync sandbox\", or use --state=FILE for a state of this machine.",
		}}, cfg.Sources())
	}
	return CheckLeftBehind(ctx, a, store)
}

// CheckLeftBehind makes sure that no state of this machine is forgotten: beside a shared
// state that is empty, one that is here has to be moved first.
func CheckLeftBehind(ctx context.Context, a *App, store state.Managed) error {
	if !IsShared(store) {
		return nil
	}
	here := LocalStates(a)
	if len(here) == 0 {
		return nil
	}
	r, _, err := store.Read(ctx)
	if err != nil {
		return Fail("The state cannot be read", text.Sentence(err))
	}
	if r != nil {
		return r.Close()
	}
	name, path := text.Inert(store.Name()), here[0] // the others are told when this one has moved
	file := text.Inert(a.told(a.InDir(path)))
	if err := Unsettled(ctx, a, path); err != nil {
		return Fail("The state is not shared yet", fmt.Sprintf("%s is empty, and beside the configuration is the state %s. It cannot be moved as it is: %s.", name, file, text.Inert(err.Error())))
	}
	return Fail("The state is not shared yet", fmt.Sprintf("%s is empty, and beside the configuration is the state %s. To move it: tmsync state push %[2]s, with the same --var and --var-file. "+
		"If it belongs to something else, move the file and its .tmsync/%s away. Nothing was changed.", name, file, text.Inert(filepath.Base(path))))
}

// LocalStates lists the states of this machine that the configuration may have used:
// the one by default, and those in its directory that it has notes of.
func LocalStates(a *App) []string {
	candidates := []string{config.DefaultStatePath}
	entries, _ := os.ReadDir(filepath.Join(a.Dir, ".tmsync")) // without one there are no notes
	for _, e := range entries {
		if e.IsDir() && e.Name() != config.DefaultStatePath {
			candidates = append(candidates, e.Name())
		}
	}
	return slices.DeleteFunc(candidates, func(path string) bool {
		store := a.localStore(path)
		_, err := os.Stat(a.InDir(path))
		if errors.Is(err, fs.ErrNotExist) { // an apply that was interrupted may have left a journal alone
			_, err = os.Stat(store.NotePath("journal.jsonl"))
		}
		return err != nil
	})
}

// Unsettled returns an error for a state whose journal is not settled. Such a state of
// this machine is not moved.
func Unsettled(ctx context.Context, a *App, path string) error {
	session, err := state.Open(ctx, a.localStore(path), state.OpenOptions{ReadOnly: true, NoLock: true, AsIs: true, Now: a.Now})
	if err != nil {
		return err
	}
	defer func() { _ = session.Close() }() // nothing was written
	file := a.told(a.InDir(path))
	journal := filepath.Join(filepath.Dir(file), ".tmsync", filepath.Base(file), "journal.jsonl")
	const first = "let tmsync apply --state=%s settle that first, with the same --var and --var-file, then push the state"
	switch n := len(session.InDoubt()); {
	case n > 0:
		return fmt.Errorf("its journal %s has %s in doubt, and a pushed state has nothing about them; "+first, journal, text.Plural(n, "request"), file)
	case session.Folded() != session.State():
		return fmt.Errorf("its journal %s has outcomes of a run that was interrupted, which are not in the file; "+first, journal, file)
	}
	return nil
}

// openBackend returns the engine of a backend. It does not talk to the store.
func openBackend(ctx context.Context, b *config.Backend) (shared.Engine, error) {
	switch {
	case b.S3 != nil:
		return s3store.Open(ctx, s3store.Config(*b.S3))
	case b.PG != nil:
		return pgstore.Open(ctx, pgstore.Config(*b.PG))
	}
	return httpstore.Open(ctx, httpstore.Config(*b.HTTP))
}
