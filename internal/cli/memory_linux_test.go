//go:build amd64 || arm64

package cli_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"unsafe"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// TestOutOfMemory has the memory run out while an apply lists what the service
// has. It fails before it has changed anything, and what the runtime prints then
// tells no secrets.
func TestOutOfMemory(t *testing.T) {
	t.Parallel()
	s := openShop(t, false)
	s.record(t) // which skips the test where processes cannot be traced
	tr := s.trial(t)
	defer tr.close()
	var many []sandbox.Row
	for i := range 60_000 {
		many = append(many, sandbox.Row{Carrier: "theirs", Number: fmt.Sprint("MANY", i), Title: "Hands off", CustomerEmail: shopMail})
	}
	must(t, tr.srv.Put(many...))

	out, err := os.Create(filepath.Join(t.TempDir(), "output"))
	must(t, err)
	limited := false
	status, err := trace(tr.binary, []string{"apply", "--auto-approve", "--refresh=full"}, &syscall.ProcAttr{
		Dir: tr.dir, Env: tr.env, Files: []uintptr{out.Fd(), out.Fd(), out.Fd()},
	}, func(pid int, b boundary) bool {
		if !limited && b.call == "write socket" { // the first request
			limited = true
			must(t, limitMemory(pid, 24<<20))
		}
		return true
	})
	must(t, errors.Join(err, out.Close()))
	text, err := os.ReadFile(out.Name())
	must(t, err)
	n := tr.srv.Requests()
	if status == 0 || len(n) != 1 || n["list"] < 2 {
		t.Errorf("it ended with status %#x after %v", status, n)
	}
	if found := leaked(text); len(found) > 0 {
		t.Errorf("it told %q:\n%s", found, text)
	}
	for _, r := range many {
		must(t, tr.srv.Remove(r.Key()))
	}
	must(t, tr.resume())
}

// limitMemory lets a process have a few bytes more of memory than it has.
func limitMemory(pid int, more uint64) error {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return err
	}
	m := regexp.MustCompile(`VmData:\s+(\d+) kB`).FindSubmatch(text)
	if m == nil {
		return errors.New("the system does not tell how much memory a process has")
	}
	kib, err := strconv.ParseUint(string(m[1]), 10, 64)
	if err != nil {
		return err
	}
	limit := syscall.Rlimit{Cur: kib<<10 + more, Max: kib<<10 + more}
	_, _, errno := syscall.RawSyscall6(syscall.SYS_PRLIMIT64, uintptr(pid), syscall.RLIMIT_DATA, uintptr(unsafe.Pointer(&limit)), 0, 0, 0)
	if errno != 0 {
		return os.NewSyscallError("prlimit", errno)
	}
	return nil
}
