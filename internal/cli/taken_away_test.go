package cli_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/internal/sandbox"
)

// output runs tmsync to its end.
func (tr *trial) output(args ...string) (out string, code int) {
	cmd := exec.Command(tr.binary, args...)
	cmd.Dir, cmd.Env = tr.dir, tr.env
	text, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		return err.Error(), -1
	}
	return string(text), cmd.ProcessState.ExitCode()
}

// takeAt removes files before a request is answered, the at-th batch from now on.
// sent returns how many batches there were by then, or are.
func (tr *trial) takeAt(t *testing.T, at int, paths ...string) (sent func() int) {
	var mu sync.Mutex
	n, before := 0, tr.srv.Requests()["batch"]
	tr.web.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := httptest.NewRecorder() // nobody reads of it before the files are gone
		tr.srv.ServeHTTP(answer, r)
		defer func() {
			maps.Copy(w.Header(), answer.Header())
			w.WriteHeader(answer.Code)
			_, _ = w.Write(answer.Body.Bytes())
		}()
		mu.Lock()
		defer mu.Unlock()
		if now := tr.srv.Requests()["batch"] - before; now == n {
			return
		} else if n = now; n != at {
			return
		}
		for _, path := range paths {
			if err := os.RemoveAll(path); err != nil {
				t.Error(err)
			}
		}
	})
	return func() int {
		mu.Lock()
		defer mu.Unlock()
		return n
	}
}

// TestTakenAwayFromApply takes what an apply rests on away while it runs: it sends
// nothing more, ends with 6, promises only what is there, and the next one goes
// on. Each is created once.
func TestTakenAwayFromApply(t *testing.T) {
	t.Parallel()
	s := &shop{binary: built(t), root: t.TempDir(), files: map[string][]byte{"main.hcl": []byte(severalParcels)}}
	for i, files := range [][]string{
		{stateName},                        // rm
		{".tmsync"},                        // git clean -xfd, the state committed
		{".tmsync", stateName},             // and not committed
		{".tmsync", stateName, "main.hcl"}, // the whole of it, put back by git checkout
	} {
		places := []int{1, 3, 5}
		for _, at := range exhaustive.Or(places, places[i%3:i%3+1]) {
			t.Run(fmt.Sprint(files, " at request ", at), func(t *testing.T) {
				tr := s.trial(t)
				defer tr.close()
				must(t, tr.tmsync(0, "apply", "--auto-approve", "--target=tracking.parcel[\"k0\"]"))
				paths := make([]string, len(files))
				for i, name := range files {
					paths[i] = filepath.Join(tr.dir, name)
				}
				sent := tr.takeAt(t, at, paths...)
				out, code := tr.output("apply", "--auto-approve")
				if code != 6 || !strings.Contains(out, "The state was taken away") || !strings.Contains(out, "run tmsync apply again") {
					t.Fatalf("ended with %d\n%s", code, out)
				}
				if sent() != at {
					t.Errorf("%d batches were sent, want %d", sent(), at)
				}
				// "What is known is in A and B" is so.
				unwrapped := strings.Join(strings.Fields(out), " ")
				if m := regexp.MustCompile(`All that this run knows is in (\S+?)( and (\S+))?:`).FindStringSubmatch(unwrapped); m == nil {
					t.Errorf("it does not say where what is known is\n%s", out)
				} else {
					for _, name := range []string{m[1], m[3]} {
						if _, err := os.Stat(filepath.Join(tr.dir, name)); err != nil {
							t.Errorf("it names %s: %v", name, err)
						}
					}
				}
				must(t, os.WriteFile(filepath.Join(tr.dir, "main.hcl"), []byte(severalParcels), 0o600))
				tr.goesOn(t)
			})
		}
	}
}

// goesOn checks that the next apply ends well, and that each tracking was created
// once.
func (tr *trial) goesOn(t *testing.T) {
	t.Helper()
	must(t, tr.tmsync(0, "apply", "--auto-approve"))
	must(t, tr.tmsync(0, "plan", "--detailed-exitcode"))
	for k, n := range tr.srv.Creations() {
		if n != 1 {
			t.Errorf("%v was created %d times", k, n)
		}
	}
}

// TestDirectoryTakenAwayFromApply removes the whole directory of a running apply:
// what it knows is where it says, and copying it back is enough.
func TestDirectoryTakenAwayFromApply(t *testing.T) {
	t.Parallel()
	s := &shop{binary: built(t), root: t.TempDir(), files: map[string][]byte{"main.hcl": []byte(severalParcels)}}
	tr := s.trial(t)
	defer tr.close()
	tr.env = append(tr.env, "TMPDIR="+t.TempDir())
	tr.takeAt(t, 2, tr.dir)
	out, code := tr.output("apply", "--auto-approve")
	m := regexp.MustCompile(`so it is in (\S+) now, the state and .tmsync with the journal: copy all of that into the directory of tmsync.state.jsonl, then run tmsync apply again`).
		FindStringSubmatch(strings.Join(strings.Fields(out), " "))
	if code != 6 || m == nil {
		t.Fatalf("ended with %d\n%s", code, out)
	}
	must(t, os.CopyFS(tr.dir, os.DirFS(m[1])))
	must(t, os.WriteFile(filepath.Join(tr.dir, "main.hcl"), []byte(severalParcels), 0o600))
	tr.goesOn(t)
}

// TestAdvisedRestore kills an apply, removes the state, and does, word for word,
// what the next run says.
func TestAdvisedRestore(t *testing.T) {
	t.Parallel()
	for _, name := range []string{stateName, "it's a state.jsonl"} {
		s := &shop{binary: built(t), root: t.TempDir(), files: map[string][]byte{"main.hcl": []byte(severalParcels)}}
		tr := s.trial(t)
		defer tr.close()
		apply := []string{"apply", "--auto-approve", "--state=" + name}
		for _, target := range []string{"k0", "k1"} {
			must(t, tr.tmsync(0, append(apply, `--target=tracking.parcel["`+target+`"]`)...))
		}
		fault, err := sandbox.ParseFault("batch:2:hang-applied")
		must(t, err)
		tr.srv.AddFault(fault)
		asked, once := make(chan struct{}), sync.Once{}
		start := tr.srv.Requests()["batch"]
		tr.hold = func(serve func()) {
			if tr.srv.Requests()["batch"] == start+1 {
				once.Do(func() { close(asked) })
			}
			serve()
		}
		cmd := exec.Command(tr.binary, apply...)
		cmd.Dir, cmd.Env = tr.dir, tr.env
		must(t, cmd.Start())
		<-asked
		must(t, cmd.Process.Kill())
		_ = cmd.Wait() // it was killed
		tr.srv.ClearFaults()
		must(t, tr.settle())
		must(t, os.Remove(filepath.Join(tr.dir, name)))
		out, code := tr.output(apply...)
		m := regexp.MustCompile(`put the one before back: tmsync (.*?)\. The journal`).FindStringSubmatch(strings.Join(strings.Fields(out), " "))
		if code != 1 || m == nil {
			t.Fatalf("ended with %d\n%s", code, out)
		}
		sh := exec.Command("/bin/sh", "-c", tr.binary+" "+m[1])
		sh.Dir, sh.Env = tr.dir, tr.env
		if text, err := sh.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", m[1], err, text)
		}
		must(t, tr.tmsync(0, apply...))
		must(t, tr.tmsync(0, "plan", "--detailed-exitcode", "--state="+name))
		for k, n := range tr.srv.Creations() {
			if n != 1 {
				t.Errorf("%v was created %d times", k, n)
			}
		}
	}
}
