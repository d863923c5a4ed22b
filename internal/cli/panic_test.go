//go:build unix

package cli_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/gear/exhaustive"
)

// TestPanics has an apply of the shop panic each time it asks for the time: when
// it takes the lock, lists, and announces each request. It ends with an error,
// tells where but nothing of a customer, and the next run goes on from there.
func TestPanics(t *testing.T) {
	t.Parallel()
	const atOnce = 8 // most of the time goes by waiting for lagging reads
	every := exhaustive.Or(1, 7)
	s := openShop(t, false)
	last := 0
	for first := 1; last == 0; first += atOnce * every {
		var ended [atOnce]bool
		var group sync.WaitGroup
		for i := range ended {
			group.Go(func() {
				var err error
				if ended[i], err = s.panicAt(t, first+i*every); err != nil {
					t.Errorf("panic %d: %v", first+i*every, err)
				}
			})
		}
		group.Wait()
		if i := slices.Index(ended[:], true); i >= 0 {
			last = first + i*every
		}
	}
	if last < 15 {
		t.Errorf("an apply asks only %d times for the time", last)
	}
}

// panicAt reports whether the apply has ended without a panic.
func (s *shop) panicAt(t *testing.T, n int) (ended bool, err error) {
	tr := s.trial(t)
	defer tr.close()
	cmd := exec.Command(os.Args[0], "apply", "--auto-approve")
	cmd.Dir, cmd.Env = tr.dir, append(tr.env, asProcess+"=1", fmt.Sprint(panicAt, "=", n))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); err == nil {
		return true, tr.resume()
	} else if !errors.As(err, &exit) {
		return true, err
	}
	text := stderr.String()
	for _, want := range []string{"tmsync has crashed", "string", "cli_test.tmsync"} {
		if !strings.Contains(text, want) {
			return false, fmt.Errorf("the message lacks %q:\n%s", want, text)
		}
	}
	if found := leaked([]byte(text)); exit.ExitCode() != int(cli.Failure) || len(found) > 0 || strings.Contains(text, "goroutine") {
		return false, fmt.Errorf("it ended with %d, and told %q:\n%s", exit.ExitCode(), found, text)
	}
	return false, tr.resume()
}
