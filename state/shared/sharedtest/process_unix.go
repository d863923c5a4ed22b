//go:build unix

package sharedtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"

	"github.com/tmsync/tmsync/state"
	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/statetest"
)

// job is what a process is to do. It is handed over in jobVariable.
type job struct {
	At      string // the store's address
	Service string // the service's
	Name    string // of the run
	Items   int    // to create
	Slow    time.Duration
	TTL     time.Duration
	Wait    time.Duration // for the lock
	Race    bool          // takes the lock, and keeps it until its input ends
}

const jobVariable = "TMSYNC_TEST_JOB"

// How a process ends. Others are those of the system and of a panic.
const (
	exitDone   = 0
	exitError  = 1
	exitLocked = 5
	exitFenced = 6
)

// ask is a request to the service. It returns the status of the answer.
func (j job) ask(what string, item int) (int, error) {
	r, err := http.PostForm(j.Service+what, url.Values{"run": {j.Name}, "item": {strconv.Itoa(item)}})
	if err != nil {
		return 0, err
	}
	return r.StatusCode, r.Body.Close()
}

// do creates what is not there yet, as apply does: announced, allowed, sent, settled.
func (j job) do(ctx context.Context, e shared.Engine) error {
	store := shared.New(e, shared.Options{TTL: j.TTL, RequestTimeout: j.TTL / 9})
	s, err := state.Open(ctx, store, state.OpenOptions{Operation: "apply", Who: j.Name, Tool: "tmsync/test", LockTimeout: j.Wait})
	if err != nil {
		return err
	}
	if _, err := j.ask("/begin", 0); err != nil {
		return errors.Join(err, s.Close())
	}
	if j.Race {
		_, _ = io.Copy(io.Discard, os.Stdin)
		return s.Close()
	}
	err = j.settle(s)
	for n := 0; n < j.Items && err == nil; n++ {
		err = j.create(ctx, s, n)
	}
	if err == nil {
		err = s.Commit(ctx)
	}
	return errors.Join(err, s.Close())
}

// settle asks the service about what an earlier run has left in doubt.
func (j job) settle(s *state.Session) error {
	for _, in := range s.InDoubt() {
		rec := in.Items[0].Record
		status, err := j.ask("/doubt", itemOf(rec))
		if err != nil {
			return err
		}
		var effects []state.Effect
		if status == http.StatusOK {
			effects = statetest.Puts(rec)
		}
		if err := s.Settle(in.Seq, effects, nil); err != nil {
			return err
		}
	}
	return nil
}

// itemOf is the n of recordOf.
func itemOf(rec *state.Record) int {
	var n int
	_, _ = fmt.Sscanf(string(rec.Addr), "tracking.t%d", &n)
	return n
}

func (j job) create(ctx context.Context, s *state.Session, n int) error {
	rec := recordOf(n)
	for _, r := range s.State().Records {
		if r.Addr == rec.Addr {
			return nil
		}
	}
	seq, err := s.Begin(statetest.Creates(rec))
	if err != nil {
		return err
	}
	time.Sleep(j.Slow) // as for the pace
	if err := s.Hold(ctx); err != nil {
		return err
	}
	if _, err := j.ask("/create", n); err != nil {
		return err
	}
	return s.Settle(seq, statetest.Puts(rec), nil)
}

// Process does what the variable says, where this process was started to do so; it
// does not return then.
func Process(open func(at string) (shared.Engine, error)) {
	text := os.Getenv(jobVariable)
	if text == "" {
		return
	}
	var j job
	err := json.Unmarshal([]byte(text), &j)
	if err == nil {
		var e shared.Engine
		if e, err = open(j.At); err == nil {
			err = j.do(context.Background(), e)
		}
	}
	var locked *state.LockedError
	var fenced *state.FencedError
	switch {
	case err == nil:
		os.Exit(exitDone)
	case errors.As(err, &locked):
		os.Exit(exitLocked)
	case errors.As(err, &fenced):
		os.Exit(exitFenced)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(exitError)
}

// start starts a process of the test's own program, whose one test calls Process.
func (j job) start(t testing.TB) (*exec.Cmd, io.Closer) {
	t.Helper()
	text, err := json.Marshal(j)
	statetest.Must(t, err)
	c := exec.Command(os.Args[0], "-test.run=^TestProcesses$")
	c.Env = append(os.Environ(), jobVariable+"="+string(text))
	c.Stderr = os.Stderr
	in, err := c.StdinPipe()
	statetest.Must(t, err)
	statetest.Must(t, c.Start())
	return c, in
}

// end waits for a process, and returns how it has ended: -1 where it was killed.
func end(c *exec.Cmd) int {
	_ = c.Wait()
	return c.ProcessState.ExitCode()
}
