//go:build unix

package cli_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
)

// endsWithin is how long an apply may take to end once it has a signal.
const endsWithin = 6 * time.Second

// running is a trial's apply, as a process that gets signals.
type running struct {
	cmd    *exec.Cmd
	stdout *os.File // what it writes comes out here; there is little
	stderr watchedText
	ended  chan struct{}
}

// watchedText is what a process has written, for those who wait for a part of it.
type watchedText struct {
	mu   sync.Mutex
	text bytes.Buffer
	more chan struct{} // closed when there is more
}

func (w *watchedText) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	close(w.more)
	w.more = make(chan struct{})
	return w.text.Write(p)
}

func (w *watchedText) read() (text []byte, more <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.text.Bytes()), w.more
}

// start starts the trial's apply.
func (tr *trial) start() (*running, error) {
	p := &running{ended: make(chan struct{})}
	p.stderr.more = make(chan struct{})
	return p, p.run(tr, &p.stderr)
}

// run starts the apply. Without a writer for stderr, that goes where stdout goes.
func (p *running) run(tr *trial, stderr io.Writer, more ...string) error {
	var stdout *os.File
	var err error
	if p.stdout, stdout, err = os.Pipe(); err != nil {
		return err
	}
	if stderr == nil {
		stderr = stdout
	}
	p.cmd = exec.Command(tr.binary, append([]string{"apply", "--auto-approve"}, more...)...)
	p.cmd.Dir, p.cmd.Env, p.cmd.Stdout, p.cmd.Stderr = tr.dir, tr.env, stdout, stderr
	if err := errors.Join(p.cmd.Start(), stdout.Close()); err != nil {
		return err
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // how it ended is looked at later
	}()
	return nil
}

// notice waits until the process has said that it is interrupted, or has ended.
func (p *running) notice() {
	for {
		text, more := p.stderr.read()
		if bytes.Contains(text, []byte("Interrupted")) {
			return
		}
		select {
		case <-more:
		case <-p.ended:
			return
		}
	}
}

// send sends a signal to a process that may have ended.
func (p *running) send(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// disturbance is what happens to an apply while one of its requests is under way.
type disturbance struct {
	name string
	do   func(p *running)
	ends string // how the apply ends, as p.how says it
	last string // and when it was the last request
	// waits means that it leaves behind a request that is not answered, when it
	// has waited long enough.
	waits bool
}

const leaves = "Left without the answer."

func disturbances() []disturbance {
	send := func(s syscall.Signal, after func(*running)) func(*running) {
		return func(p *running) {
			p.send(s)
			after(p)
		}
	}
	die := func(p *running) { <-p.ended }
	all := []disturbance{
		{"SIGINT", send(syscall.SIGINT, (*running).notice), "code 6", "code 0", false},
		{"SIGTERM", send(syscall.SIGTERM, (*running).notice), "code 6", "code 0", false},
		{"SIGINT twice", func(p *running) {
			p.send(syscall.SIGINT)
			p.notice()
			p.send(syscall.SIGINT)
			<-p.ended
		}, "code 6", "code 6", false},
		{"SIGHUP", send(syscall.SIGHUP, die), "signal hangup", "signal hangup", false},
		{"SIGQUIT", send(syscall.SIGQUIT, die), "code 2", "code 2", false},
		{"SIGPIPE", send(syscall.SIGPIPE, func(*running) {}), "code 0", "code 0", false},
		{"stdout closed", func(p *running) {
			syscall.ForkLock.Lock() // so that no process that is just being started has it, too
			defer syscall.ForkLock.Unlock()
			_ = p.stdout.Close()
		}, "signal broken pipe", "signal broken pipe", false},
	}
	return slices.DeleteFunc(all, func(d disturbance) bool {
		return d.name == "SIGHUP" && signal.Ignored(syscall.SIGHUP) // under nohup it is to be survived
	})
}

// how is how a process has ended.
func (p *running) how() string {
	status := p.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return "signal " + status.Signal().String()
	}
	return fmt.Sprint("code ", status.ExitStatus())
}

// TestSignals sends signals to the apply of the shop while each of its requests is
// under way: before the service acts on it, and after it has, but before it
// answers. The apply ends in time and with the right code, tells no secrets, and
// the next run goes on from there.
func TestSignals(t *testing.T) {
	s := openShop(t, false)
	requests := s.requests(t)
	type point struct {
		disturbance
		request int
		after   bool
	}
	var points []point
	for k, d := range disturbances() {
		for i := exhaustive.Or(0, k); i < 2*requests; i += exhaustive.Or(1, 11) {
			at := point{d, 1 + i/2, i%2 == 1}
			if at.request == requests {
				at.ends = at.last
			}
			points = append(points, at)
		}
	}
	work := make(chan point)
	var workers sync.WaitGroup
	for range 3 * runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for at := range work {
				if err := s.disturb(t, at.disturbance, at.request, at.after); err != nil {
					t.Errorf("%s at request %d (acted on: %t): %v", at.name, at.request, at.after, err)
				}
			}
		})
	}
	for _, at := range points {
		work <- at
	}
	close(work)
	workers.Wait()
	t.Logf("%d signals at %d requests", len(points), requests)
}

// TestNoAnswer interrupts an apply whose request is never answered. It does not
// wait for the time-out.
func TestNoAnswer(t *testing.T) {
	t.Parallel()
	s := openShop(t, false)
	d := disturbance{do: func(p *running) { p.send(syscall.SIGINT); <-p.ended }, ends: "code 6", waits: true}
	must(t, s.disturb(t, d, s.requests(t)/2, true))
}

// requests counts the requests of an undisturbed apply.
func (s *shop) requests(t *testing.T) int {
	t.Helper()
	tr := s.trial(t)
	defer tr.close()
	must(t, tr.tmsync(0, "apply", "--auto-approve"))
	n := 0
	for _, count := range tr.srv.Requests() {
		n += count
	}
	return n
}

// disturb disturbs an apply while its n-th request is under way, checks how it
// ends, and what the next run makes of it.
func (s *shop) disturb(t *testing.T, d disturbance, n int, after bool) error {
	tr := s.trial(t)
	defer tr.close()
	started, disturbed := make(chan *running, 1), make(chan struct{})
	var seen atomic.Int64
	tr.hold = func(serve func()) {
		if seen.Add(1) != int64(n) {
			serve()
			return
		}
		if after {
			serve()
		}
		close(disturbed)
		d.do(<-started)
		if !after {
			serve()
		}
	}
	p, err := tr.start()
	if err != nil {
		return err
	}
	defer p.stdout.Close()
	started <- p
	select {
	case <-disturbed:
	case <-p.ended:
	}
	if err := p.end(); err != nil {
		return err
	}
	text, _ := p.stderr.read()
	if how := p.how(); how != d.ends {
		return fmt.Errorf("it ended with %s, want %s\n%s", how, d.ends, text)
	}
	if bytes.Contains(text, []byte(leaves)) != d.waits {
		return fmt.Errorf("it says\n%s", text)
	}
	if found := leaked(text); len(found) > 0 {
		return fmt.Errorf("it told %q:\n%s", found, text)
	}
	return tr.resume()
}

// end waits for the end of a process that has a signal.
func (p *running) end() error {
	select {
	case <-p.ended:
		return nil
	case <-time.After(endsWithin):
		p.send(syscall.SIGKILL)
		<-p.ended
		return fmt.Errorf("it did not end within %v", endsWithin)
	}
}

// TestNobodyReads interrupts an apply that cannot write its plan, because nobody
// empties the pipe, nor what it would say about it. It has sent nothing, and ends.
func TestNobodyReads(t *testing.T) {
	t.Parallel()
	s := &shop{binary: built(t), root: t.TempDir(), files: map[string][]byte{"main.hcl": []byte(manyParcels)}}
	for _, signals := range [][]syscall.Signal{{syscall.SIGINT}, {syscall.SIGINT, syscall.SIGTERM}} {
		t.Run(fmt.Sprint(signals), func(t *testing.T) {
			tr := s.trial(t)
			defer tr.close()
			p := &running{ended: make(chan struct{})}
			must(t, p.run(tr, nil, "--full")) // which is more than a pipe holds
			defer p.stdout.Close()
			_, err := p.stdout.Read(make([]byte, 1)) // it has begun
			must(t, err)
			for _, s := range signals {
				p.send(s)
			}
			must(t, p.end())
			if how := p.how(); how != "code 6" {
				t.Errorf("it ended with %s", how)
			}
			for call, n := range tr.srv.Requests() {
				if call != "list" && call != "getuserinfo" {
					t.Errorf("it has asked for %s %d times", call, n)
				}
			}
			must(t, tr.settle())
			must(t, tr.tmsync(0, "apply", "--auto-approve"))
		})
	}
}
