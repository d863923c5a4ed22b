package cli_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/state"
)

// trial is one apply of the shop, with a directory and a service of its own.
type trial struct {
	*shop
	dir string
	env []string
	srv *sandbox.Server
	web *httptest.Server
	// hold, if not nil, stands between a request and its answer.
	hold func(serve func())

	mu    sync.Mutex
	moved *sync.Cond // open has changed
	open  int        // connections to the service
}

func (s *shop) trial(t *testing.T) *trial {
	t.Helper()
	tr := &trial{shop: s}
	tr.moved = sync.NewCond(&tr.mu)
	var err error
	tr.dir, err = os.MkdirTemp(s.root, "")
	must(t, err)
	tr.srv, err = sandbox.New(sandbox.Options{})
	must(t, err)
	must(t, tr.srv.Put(s.rows...))
	for name, data := range s.files {
		path := filepath.Join(tr.dir, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, data, 0o600))
	}
	tr.web = httptest.NewUnstartedServer(tr)
	tr.web.Config.ConnState = tr.count
	tr.web.Start()
	tr.env = []string{
		"HOME=/", "PATH=/", "TRACKINGMORE_API_KEY=" + shopKey, "TMSYNC_ENDPOINT=" + tr.web.URL + "/v2",
		"TMSYNC_STATE_KEY=" + shopStateKey, // so that two states hold the same hashes
	}
	return tr
}

// close ends a trial; its directory goes too.
func (tr *trial) close() {
	tr.web.Close()
	_ = os.RemoveAll(tr.dir) // else the test's own clearing away does it
}

func (tr *trial) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if tr.hold == nil {
		tr.srv.ServeHTTP(w, r)
		return
	}
	tr.hold(func() { tr.srv.ServeHTTP(w, r) })
}

func (tr *trial) count(_ net.Conn, s http.ConnState) {
	tr.mu.Lock()
	defer tr.mu.Unlock()
	switch s {
	case http.StateNew:
		tr.open++
	case http.StateClosed, http.StateHijacked:
		tr.open--
	}
	tr.moved.Broadcast()
}

// settle waits until the service has carried out all that a process has sent
// which is dead now. Connections are accepted in their order, so that those of
// the dead one are known once a later one is served.
func (tr *trial) settle() error {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(tr.web.URL + "/_sandbox/requests")
	if err != nil {
		return err
	}
	if err := resp.Body.Close(); err != nil {
		return err
	}
	tr.mu.Lock()
	defer tr.mu.Unlock()
	for tr.open > 0 {
		tr.moved.Wait()
	}
	return nil
}

// tmsync runs tmsync to its end, and wants it to end with a code.
func (tr *trial) tmsync(code int, args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, tr.binary, args...)
	cmd.Dir, cmd.Env = tr.dir, tr.env
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		return err
	}
	if got := cmd.ProcessState.ExitCode(); got != code {
		return fmt.Errorf("tmsync %s ended with %d, want %d\n%s", strings.Join(args, " "), got, code, out)
	}
	return nil
}

// resume checks what an interruption left, has the next run go on from there,
// and checks that this ends as if there had been no interruption:
//
//   - the state is whole, and the old or the new one
//   - the next run is not kept out by a lock, and succeeds
//   - the one after it has nothing to do
//   - what is declared is at the service, each created once, for as many credits
//   - the state says so, record by record
//   - what is not ours, or was not to be changed, is as it was, byte for byte
//   - there are no files that were not there before; but a create that may still
//     be under way keeps its intent in the journal until the apply after
func (tr *trial) resume() error {
	if err := tr.settle(); err != nil {
		return err
	}
	if err := tr.whole(); err != nil {
		return err
	}
	if err := tr.tmsync(0, "apply", "--auto-approve"); err != nil {
		return err
	}
	if err := tr.tmsync(0, "plan", "--detailed-exitcode"); err != nil {
		return err
	}
	if _, err := os.Lstat(filepath.Join(tr.dir, ".tmsync", stateName, "journal.jsonl")); err == nil {
		if err := tr.tmsync(0, "apply", "--auto-approve"); err != nil {
			return err
		}
	}
	got, err := tr.outcome()
	if err != nil {
		return err
	}
	if d := cmp.Diff(tr.done, got); d != "" {
		return fmt.Errorf("after the next run (-undisturbed +resumed):\n%s", d)
	}
	return nil
}

// destroy checks what an interruption left, has the next run remove all that is
// managed, and checks that nothing is lost sight of: what an apply of the shop has
// created is gone, what it has to leave to others is as it was.
func (tr *trial) destroy() error {
	if err := tr.settle(); err != nil {
		return err
	}
	if err := tr.whole(); err != nil {
		return err
	}
	if err := tr.tmsync(0, "destroy", "--auto-approve"); err != nil {
		return err
	}
	if err := tr.tmsync(0, "plan", "--destroy", "--detailed-exitcode"); err != nil {
		return err
	}
	got, err := tr.outcome()
	if err != nil {
		return err
	}
	var left []string
	found := false // it is adopted, not created, and so stays in any case
	for _, r := range got.Rows {
		switch {
		case r.Carrier == "theirs", r.Number == "SHELVED1" && r.Archived:
		case r.Number == "FOUND1" && (r.Title == "Old" || r.Title == "New"):
			found = true
		default:
			left = append(left, r.Key().String())
		}
	}
	if len(left) > 0 || !found || got.Records != "" {
		return fmt.Errorf("after destroying all, the service still has %q, FOUND1: %v, and the state\n%s", left, found, got.Records)
	}
	return nil
}

// whole checks the state file that an interruption left.
func (tr *trial) whole() error {
	const name = "tmsync.state.jsonl"
	old := tr.files[name]
	data, err := os.ReadFile(filepath.Join(tr.dir, name))
	if errors.Is(err, fs.ErrNotExist) && old == nil {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := state.Read(bytes.NewReader(data), nil); err != nil {
		return fmt.Errorf("the state that is left: %w", err)
	}
	if old == nil || bytes.Equal(data, old) {
		return nil
	}
	if backup, err := os.ReadFile(filepath.Join(tr.dir, name+".backup")); err != nil || !bytes.Equal(backup, old) {
		return errors.Join(errors.New("the state is another one, and the one before is not its backup"), err)
	}
	return nil
}

func (tr *trial) outcome() (outcome, error) {
	o := outcome{Creates: tr.srv.Creations(), Credits: tr.srv.Credits(), Rows: tr.srv.Rows()}
	before := map[sandbox.Key]sandbox.Row{}
	for _, r := range tr.rows {
		if untouched(r) {
			before[r.Key()] = r
		}
	}
	for i := range o.Rows {
		r := &o.Rows[i]
		if old, there := before[r.Key()]; there && !cmp.Equal(old, *r) {
			return o, fmt.Errorf("%s was not to be touched, and is now\n%+v, was\n%+v", r.Key(), *r, old)
		}
		r.Created, r.Updated, r.EventAt = time.Time{}, time.Time{}, time.Time{}
	}
	err := filepath.WalkDir(tr.dir, func(path string, _ fs.DirEntry, err error) error {
		o.Files = append(o.Files, path[len(tr.dir):])
		return err
	})
	if err != nil {
		return o, err
	}
	data, err := os.ReadFile(filepath.Join(tr.dir, "tmsync.state.jsonl"))
	_, o.Records, _ = strings.Cut(string(data), "\n")
	return o, err
}

// leaked returns what of a customer's data, and of the key, is in a text.
func leaked(text []byte) []string {
	return slices.DeleteFunc([]string{shopKey, shopStateKey, shopName, shopMail, shopPhone}, func(s string) bool {
		return !bytes.Contains(text, []byte(s))
	})
}
