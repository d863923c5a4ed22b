//go:build amd64 || arm64

package cli_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
)

var killPoints = flag.String("killpoints", "", "all kills everywhere; numbers, parted by commas, repeat one trial: "+
	"an apply is killed at its boundary of the first number, the next one at that of the second, and so on")

// TestKilledBetweenCalls kills applies of the shop with SIGKILL, before and after
// each of the system calls by which they change files or speak with the service.
// Whatever had been done, the next run ends as if nothing had happened, and knows
// all that has come of it.
//
// A run differs from the one before it in how its threads take turns, so that one
// may end before its boundary comes. Such runs are counted, and checked all the
// same.
func TestKilledBetweenCalls(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name        string
		isNew       bool
		then        func(*trial) error
		from, every int // the boundaries at which it kills
	}{
		{"resumed", false, (*trial).resume, 1, exhaustive.Or(2, 100)},
		{"destroyed", false, (*trial).destroy, 2, exhaustive.Or(4, 100)},
		{"first, resumed", true, (*trial).resume, 1, exhaustive.Or(4, 100)},
		{"first, destroyed", true, (*trial).destroy, 3, exhaustive.Or(4, 100)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := openShop(t, tt.isNew)
			n := len(s.record(t))
			if *killPoints == "all" {
				tt.from, tt.every = 1, 1
			}
			var trials [][]int
			for i := tt.from; i <= n; i += tt.every {
				trials = append(trials, []int{i})
			}
			killed := s.killAll(t, trials, tt.then)
			if killed < len(trials)*9/10 && *killPoints == "" {
				t.Errorf("only %d applies were killed", killed)
			}
		})
	}
}

// TestKilledTwice kills the run that goes on after a killed one, too.
func TestKilledTwice(t *testing.T) {
	t.Parallel()
	s := openShop(t, false)
	n := len(s.record(t))
	var trials [][]int
	for i := 1; i <= n; i += exhaustive.Or(8, 180) {
		// What is left to do shrinks; reading it back takes some calls as well.
		trials = append(trials, []int{i, 1 + i*37%(n-i+40)})
	}
	s.killAll(t, trials, (*trial).resume)
}

// record runs the apply to its end and gives its boundaries. Without it the test
// is skipped, if the machine does not have processes traced.
func (s *shop) record(t *testing.T) []boundary {
	t.Helper()
	tr := s.trial(t)
	defer tr.close()
	var calls []boundary
	status, err := tr.trace(func(_ int, b boundary) bool {
		calls = append(calls, b)
		return true
	})
	if errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOSYS) || errors.Is(err, syscall.EIO) {
		t.Skipf("this machine has no processes traced, so that none is killed between its calls: %v", err)
	}
	must(t, err)
	if status != 0 {
		t.Fatalf("the traced apply ended with status %#x", status)
	}
	must(t, tr.resume())
	names := map[string]int{}
	for _, b := range calls {
		names[b.call]++
	}
	var text strings.Builder
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fmt.Fprintf(&text, ", %d of %s", names[name], name)
	}
	t.Logf("%d boundaries%s", len(calls), text.String())
	if len(calls) < 200 {
		t.Error("some calls are not seen")
	}
	return calls
}

// trace runs the trial's apply as a traced process.
func (tr *trial) trace(at func(pid int, b boundary) bool) (status syscall.WaitStatus, err error) {
	out, err := os.Create(filepath.Join(tr.root, "output-"+filepath.Base(tr.dir)))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, out.Close(), os.Remove(out.Name())) }()
	return trace(tr.binary, []string{"apply", "--auto-approve"}, &syscall.ProcAttr{
		Dir: tr.dir, Env: tr.env, Files: []uintptr{out.Fd(), out.Fd(), out.Fd()},
	}, at)
}

// killAll carries out trials, some at a time, since many wait for lagging reads,
// and returns how many runs were killed.
func (s *shop) killAll(t *testing.T, trials [][]int, then func(*trial) error) int {
	t.Helper()
	if *killPoints != "" && *killPoints != "all" {
		var one []int
		for text := range strings.SplitSeq(*killPoints, ",") {
			n, err := strconv.Atoi(text)
			must(t, err)
			one = append(one, n)
		}
		trials = [][]int{one}
	}
	var mu sync.Mutex
	killed, ended, failures := 0, 0, []string{}
	work := make(chan []int)
	var workers sync.WaitGroup
	for range 3 * runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for kills := range work {
				places, err := s.kill(t, kills, then)
				mu.Lock()
				killed += len(places)
				ended += len(kills) - len(places)
				if err != nil {
					failures = append(failures, fmt.Sprintf("-killpoints %s, killed %v: %v",
						strings.Trim(strings.ReplaceAll(fmt.Sprint(kills), " ", ","), "[]"), places, err))
				}
				mu.Unlock()
			}
		})
	}
	for _, kills := range trials {
		work <- kills
	}
	close(work)
	workers.Wait()
	t.Logf("%d trials: killed %d, ended before %d, failures %d", len(trials), killed, ended, len(failures))
	if len(failures) > 0 {
		t.Errorf("the first of %d failures:\n%s", len(failures), strings.Join(failures[:min(3, len(failures))], "\n"))
	}
	return killed
}

// kill kills one apply after the other, each at a boundary given by its number,
// tells at which, and checks what the next run makes of it. One that ends before
// its boundary must have succeeded.
func (s *shop) kill(t *testing.T, kills []int, then func(*trial) error) (places []boundary, err error) {
	tr := s.trial(t)
	defer tr.close()
	for _, n := range kills {
		seen, killed := 0, false
		status, err := tr.trace(func(_ int, b boundary) bool {
			if seen++; seen == n {
				places, killed = append(places, b), true
			}
			return !killed
		})
		if err != nil {
			return places, err
		}
		if killed != status.Signaled() || !killed && status != 0 {
			return places, fmt.Errorf("the apply ended with status %#x", status)
		}
		if err := tr.settle(); err != nil {
			return places, err
		}
	}
	return places, then(tr)
}
