//go:build unix

package cli_test

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
)

// A saved plan is killed at one request after the other, before the service has
// carried it out or after that. Applied again it does the rest, and that ends as
// if there had been no interruption.
func TestSavedPlanKilledAtEveryRequest(t *testing.T) {
	t.Parallel()
	for _, isNew := range []bool{false, true} {
		t.Run(fmt.Sprintf("new=%v", isNew), func(t *testing.T) {
			s := openShop(t, isNew)
			last := s.requests(t)
			for n := 1; n <= last; n += exhaustive.Or(1, 12) {
				t.Run(fmt.Sprint(n), func(t *testing.T) {
					t.Parallel() // most of the time goes by waiting for lagging reads
					must(t, s.killSaved(t, n, n%2 == 0))
				})
			}
		})
	}
}

func (s *shop) killSaved(t *testing.T, n int, after bool) error {
	tr := s.trial(t)
	defer tr.close()
	file := filepath.Join("..", filepath.Base(tr.dir)+".plan")
	if err := tr.tmsync(0, "plan", "--out", file); err != nil {
		return err
	}
	cmd := exec.Command(tr.binary, "apply", file)
	cmd.Dir, cmd.Env = tr.dir, tr.env
	var requests atomic.Int32
	tr.hold = func(serve func()) {
		if int(requests.Add(1)) != n {
			serve()
			return
		}
		if after {
			serve()
		}
		_ = cmd.Process.Kill()
		if !after {
			serve() // it was on its way
		}
	}
	out, err := cmd.CombinedOutput()
	tr.hold = nil
	if err == nil {
		return fmt.Errorf("it was not killed\n%s", out)
	}
	if err := tr.settle(); err != nil {
		return err
	}
	if err := tr.tmsync(0, "apply", file); err != nil {
		return err
	}
	if err := tr.tmsync(8, "apply", file); err != nil {
		return err
	}
	return tr.resume()
}
