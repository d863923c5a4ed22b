//go:build unix

package state_test

import (
	"fmt"
	"syscall"
	"testing"

	"github.com/tmsync/tmsync/state"
)

const errReadOnlyFS = syscall.EROFS

func makePipe(path string) error { return syscall.Mkfifo(path, 0o600) }

// TestUmask holds that no umask widens or narrows the mode of a file.
func TestUmask(t *testing.T) {
	for _, umask := range []int{0, 0o022, 0o027, 0o077, 0o277} {
		t.Run(fmt.Sprintf("%03o", umask), func(t *testing.T) {
			dir := t.TempDir()
			old := syscall.Umask(umask)
			defer syscall.Umask(old)
			seed(t, dir, recA)
			s := open(t, state.NewLocal(dir, stateName), state.OpenOptions{})
			defer s.Close()
			must(t, s.Settle(0, puts(recB), nil))
			must(t, s.Commit(t.Context()))
			begin(t, s, creates(recC))
			for _, f := range files(t, dir)[1:] {
				if mode := f[len(f)-10:]; mode != "-rw-------" {
					t.Errorf("%s", f)
				}
			}
		})
	}
}
