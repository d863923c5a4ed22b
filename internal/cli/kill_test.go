package cli_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/sandbox"
)

// What makes this test binary run tmsync, as a process of its own, makes that
// panic when it asks for the time so often, and gives it a cache directory.
const (
	asProcess = "TMSYNC_TEST_AS_PROCESS"
	panicAt   = "TMSYNC_TEST_PANIC_AT"
	cacheDir  = "TMSYNC_TEST_CACHE"
	peakFile  = "TMSYNC_TEST_PEAK" // where it notes the most memory that it had
)

// readLag is for sandboxes, whose reads show at once what was written.
const readLag = time.Millisecond

func TestMain(m *testing.M) {
	if os.Getenv(asProcess) != "" {
		code := tmsync()
		notePeak(os.Getenv(peakFile))
		os.Exit(int(code))
	}
	for _, name := range []string{"GITHUB_ACTIONS", "GITLAB_CI"} { // the runner of the tests is not to be told
		_ = os.Unsetenv(name)
	}
	debug.SetGCPercent(400) // little is held, so collections would be all the time
	if err := waitTogether(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(build.dir) // what is left in the directory for temporary files is harmless
		os.Exit(code)
	}))
}

// waitTogether lets more tests run at once than there are processors, since those
// that are parallel mostly wait: for reads that may lag, and for another attempt.
func waitTogether() error {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if given {
		return nil
	}
	return flag.Set("test.parallel", strconv.Itoa(4*runtime.GOMAXPROCS(0)))
}

// notePeak writes the most memory that this process has had into a file, in KiB,
// where the system tells. What a parent is told of it counts the parent's own.
func notePeak(path string) {
	status, err := os.ReadFile("/proc/self/status")
	if path == "" || err != nil {
		return
	}
	_, peak, _ := strings.Cut(string(status), "VmHWM:")
	peak, _, _ = strings.Cut(peak, "kB")
	if err := os.WriteFile(path, []byte(strings.TrimSpace(peak)), 0o600); err != nil {
		fmt.Fprintln(os.Stderr, err)
	}
}

func tmsync() cli.ExitCode {
	dir, _ := os.Getwd() // as main does
	env := cli.Env{
		Stdin: strings.NewReader(""), Stdout: os.Stdout, Stderr: os.Stderr, Environ: map[string]string{},
		Dir: dir, Now: time.Now, Version: "0.1.0", Host: "host", User: "user", PID: os.Getpid(), ReadLag: readLag,
	}
	for _, kv := range os.Environ() {
		name, value, _ := strings.Cut(kv, "=")
		env.Environ[name] = value
	}
	delete(env.Environ, "HOME")
	env.Environ["XDG_CACHE_HOME"] = env.Environ[cacheDir]
	if n, err := strconv.Atoi(env.Environ[panicAt]); err == nil {
		env.Now = func() time.Time {
			if n--; n == 0 {
				panic("something is wrong with " + shopMail)
			}
			return time.Now()
		}
	}
	return cli.Run(context.Background(), env, os.Args[1:])
}

const manyParcels = `
provider "trackingmore" {
  requests_per_second = 0
}

tracking "parcel" {
  for_each        = { for i in range(400) : "k${i}" => "N${100000 + i}" }
  carrier_code    = "sto"
  tracking_number = each.value
  title           = "Parcel ${each.key}"
  customer_phone  = "+1555"
  archived        = true
}
`

// severalParcels is created in as many requests as manyParcels.
const severalParcels = `
provider "trackingmore" {
  requests_per_second = 0
  batch_size          = 4
}

tracking "parcel" {
  for_each        = { for i in range(40) : "k${i}" => "N${100000 + i}" }
  carrier_code    = "sto"
  tracking_number = each.value
  title           = "Parcel ${each.key}"
  customer_phone  = "+1555"
  archived        = true
}
`

// watched is a sandbox that tells when it is asked for the n-th time.
type watched struct {
	*sandbox.Server
	env []string // for a process that is to use it

	mu    sync.Mutex
	left  int
	asked chan struct{}
}

func newWatched(t *testing.T) *watched {
	t.Helper()
	srv, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &watched{Server: srv}
	web := httptest.NewServer(w)
	t.Cleanup(web.Close)
	w.env = append(os.Environ(), "TRACKINGMORE_API_KEY=x", "TMSYNC_ENDPOINT="+web.URL+"/v2", asProcess+"=1")
	return w
}

// after returns a channel that is closed when n requests have come.
func (w *watched) after(n int) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.left, w.asked = n, make(chan struct{})
	return w.asked
}

func (w *watched) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	w.mu.Lock()
	if w.left--; w.left == 0 {
		close(w.asked)
	}
	w.mu.Unlock()
	w.Server.ServeHTTP(rw, r)
}

// start runs tmsync as a process of its own.
func (w *watched) start(t *testing.T, dir string, args ...string) (cmd *exec.Cmd, ended <-chan struct{}) {
	t.Helper()
	cmd = exec.Command(os.Args[0], args...)
	cmd.Dir, cmd.Env = dir, w.env
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = cmd.Wait() // it was killed, or it is done
	}()
	return cmd, done
}

// run runs tmsync as a process of its own to its end.
func (w *watched) run(dir string, args ...string) (out string, code int) {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir, cmd.Env = dir, w.env
	text, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return string(text), exit.ExitCode()
	}
	return string(text), 0
}

func directoryWith(t *testing.T, config string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// An apply of 40 is killed at one request after the other, until one run is
// allowed to end: there are exactly 40 then, each created once, and nothing is
// left to do.
func TestKilledAtAnyMoment(t *testing.T) {
	t.Parallel()
	for round := range 4 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			w, dir := newWatched(t), directoryWith(t, severalParcels)
			for i := range 5 {
				asked := w.after(1 + round + 3*i)
				cmd, ended := w.start(t, dir, "apply", "--auto-approve")
				select {
				case <-asked:
					_ = cmd.Process.Kill() // it may just have ended
				case <-ended:
				}
				<-ended
			}
			for _, args := range [][]string{{"apply", "--auto-approve"}, {"plan", "--detailed-exitcode"}} {
				if out, code := w.run(dir, args...); code != 0 {
					t.Fatalf("%v ended with %d\n%s", args, code, out)
				}
			}
			if n := len(w.Rows()); n != 40 {
				t.Errorf("the service has %d trackings, want 40", n)
			}
			for k, n := range w.Creations() {
				if n != 1 {
					t.Errorf("%v was created %d times", k, n)
				}
			}
			for _, row := range w.Rows() {
				if !row.Archived || row.CustomerPhone != "+1555" {
					t.Fatalf("the service has %+v", row)
				}
			}
		})
	}
}

// Only one process at a time works on a state; the other one is told who does.
func TestLocked(t *testing.T) {
	t.Parallel()
	w, dir := newWatched(t), directoryWith(t, manyParcels)
	fault, err := sandbox.ParseFault("list:hang")
	if err != nil {
		t.Fatal(err)
	}
	w.AddFault(fault)
	asked := w.after(1)
	holder, ended := w.start(t, dir, "apply", "--auto-approve")
	<-asked
	out, code := w.run(dir, "plan")
	if code != int(cli.Locked) {
		t.Errorf("the second process ended with %d, want %d", code, cli.Locked)
	}
	for _, want := range []string{"The state is locked", fmt.Sprintf("process %d", holder.Process.Pid), "user"} {
		if !strings.Contains(strings.Join(strings.Fields(out), " "), want) {
			t.Errorf("the message lacks %q:\n%s", want, out)
		}
	}
	_ = holder.Process.Kill() // it hangs, so it has not ended
	<-ended
	w.ClearFaults()
	if out, code := w.run(dir, "apply", "--auto-approve"); code != 0 {
		t.Errorf("after the holder was killed: %d\n%s", code, out)
	}
}
