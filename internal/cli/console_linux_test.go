package cli_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// pty is a terminal, as a program sees it and as somebody in front of it does.
type pty struct {
	program, person *os.File
}

func newPTY(t *testing.T, columns uint16) *pty {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0) // for deadlines
	if err != nil {
		t.Skip("this system has no terminals to test with: ", err)
	}
	person := os.NewFile(uintptr(fd), "/dev/ptmx")
	t.Cleanup(func() { person.Close() })
	must(t, unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0))
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	must(t, err)
	must(t, unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 24, Col: columns}))
	program, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	must(t, err)
	t.Cleanup(func() { program.Close() })
	return &pty{program, person}
}

func (p *pty) mode(t *testing.T) unix.Termios {
	t.Helper()
	mode, err := unix.IoctlGetTermios(int(p.program.Fd()), unix.TCGETS)
	must(t, err)
	return *mode
}

// expect reads until something has been shown, and returns all that was.
func (p *pty) expect(t *testing.T, want string) string {
	t.Helper()
	must(t, p.person.SetReadDeadline(time.Now().Add(20*time.Second)))
	var shown strings.Builder
	for !strings.Contains(shown.String(), want) {
		var buf [1024]byte
		n, err := p.person.Read(buf[:])
		shown.Write(buf[:n])
		if err != nil {
			t.Fatalf("%v, before %q was shown: %q", err, want, shown.String())
		}
	}
	return shown.String()
}

func (p *pty) press(t *testing.T, keys string) {
	t.Helper()
	_, err := p.person.WriteString(keys)
	must(t, err)
}

// TestConsoleTerminal runs the console on a real terminal, which is as it was before
// however that ends.
func TestConsoleTerminal(t *testing.T) {
	t.Parallel()
	binary := built(t)
	for _, tt := range []struct {
		name string
		end  func(t *testing.T, p *pty, cmd *exec.Cmd)
		code int
	}{
		{"Ctrl-D", func(t *testing.T, p *pty, _ *exec.Cmd) { p.press(t, "\x04") }, 0},
		{"exit", func(t *testing.T, p *pty, _ *exec.Cmd) { p.press(t, "exit\r") }, 0},
		{"SIGINT", func(t *testing.T, _ *pty, cmd *exec.Cmd) { must(t, cmd.Process.Signal(syscall.SIGINT)) }, 6},
		{"SIGTERM", func(t *testing.T, _ *pty, cmd *exec.Cmd) { must(t, cmd.Process.Signal(syscall.SIGTERM)) }, 6},
		{"SIGTERM twice", func(t *testing.T, p *pty, cmd *exec.Cmd) {
			must(t, cmd.Process.Signal(syscall.SIGTERM))
			p.expect(t, "\x1b[?2004l") // the first one has arrived
			must(t, cmd.Process.Signal(syscall.SIGTERM))
		}, 6},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newPTY(t, 80)
			before := p.mode(t)
			dir := t.TempDir()
			must(t, os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(consoleFiles), 0o600))
			cmd := exec.Command(binary, "console", "--no-color")
			cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, p.program, p.program, p.program
			cmd.Env = append(os.Environ(), "TERM=xterm")
			cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
			must(t, cmd.Start())
			t.Cleanup(func() { _ = cmd.Process.Kill() }) // where the test has failed
			p.expect(t, "> ")
			p.press(t, "40 +\x1b[1~2 * 40 - \x1b[4~ 2 \x17 2\r")
			p.expect(t, "42\r\n\x1b[?2004h> ")
			p.press(t, "\x1b[200~length([\n1,\n2])\x1b[201~\r")
			p.expect(t, "2\r\n\x1b[?2004h> ")
			if p.mode(t).Lflag&unix.ICANON != 0 {
				t.Error("a line is edited, and the terminal is not raw")
			}
			tt.end(t, p, cmd)
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != tt.code {
				t.Errorf("it ended with %d, want %d", code, tt.code)
			}
			if diff := cmp.Diff(before, p.mode(t)); diff != "" {
				t.Errorf("the terminal is not as it was; -before +after:\n%s", diff)
			}
		})
	}
}

// TestConsoleInterrupted: while an expression is evaluated, Ctrl-C is a signal.
func TestConsoleInterrupted(t *testing.T) {
	t.Parallel()
	p := newPTY(t, 80)
	before := p.mode(t)
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(consoleFiles), 0o600))
	cmd := exec.Command(built(t), "console")
	cmd.Dir, cmd.Stdin, cmd.Stdout, cmd.Stderr = dir, p.program, p.program, p.program
	cmd.Env = append(os.Environ(), "TERM=xterm")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	must(t, cmd.Start())
	p.expect(t, "> ")
	p.press(t, "length([for i in range(1000) : [for j in range(1000) : sha512(join(\"\", range(1000)))]])\r")
	p.expect(t, "\x1b[?2004l")
	for p.mode(t).Lflag&unix.ISIG == 0 {
		runtime.Gosched() // it is about to be restored
	}
	p.press(t, "\x03")
	_ = cmd.Wait()
	if diff := cmp.Diff(before, p.mode(t)); diff != "" || cmd.ProcessState.ExitCode() != 6 {
		t.Errorf("it ended with %d; -before +after:\n%s", cmd.ProcessState.ExitCode(), diff)
	}
}
