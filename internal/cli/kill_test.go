package cli_test

import (
	"fmt"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/sandbox"
)

// asProcess makes this test binary run tmsync, so that it can be killed.
const asProcess = "TMSYNC_TEST_AS_PROCESS"

func TestMain(m *testing.M) {
	if os.Getenv(asProcess) == "" {
		os.Exit(m.Run())
	}
	environ := map[string]string{}
	for _, kv := range os.Environ() {
		name, value, _ := strings.Cut(kv, "=")
		environ[name] = value
	}
	os.Exit(int(run(".", environ, 0, os.Stdout, os.Stderr, os.Args[1:])))
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

// An apply of 400 is killed at random moments, again and again, until one run is
// allowed to end: there are exactly 400 then, each created once, and nothing is
// left to do.
func TestKilledAtAnyMoment(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for round := range 4 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			srv, err := sandbox.New(sandbox.Options{})
			if err != nil {
				t.Fatal(err)
			}
			web := httptest.NewServer(srv)
			defer web.Close()
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(manyParcels), 0o644); err != nil {
				t.Fatal(err)
			}
			env := []string{"TRACKINGMORE_API_KEY=x", "TMSYNC_ENDPOINT=" + web.URL + "/v2", asProcess + "=1"}
			for range 5 {
				killAt(t, dir, env, srv, r.IntN(20))
			}
			for _, args := range [][]string{{"apply", "--auto-approve"}, {"plan", "--detailed-exitcode"}} {
				if out, err := process(dir, env, args...).CombinedOutput(); err != nil {
					t.Fatalf("%v: %v\n%s", args, err, out)
				}
			}
			if n := len(srv.Rows()); n != 400 {
				t.Errorf("the service has %d trackings, want 400", n)
			}
			for k, n := range srv.Creations() {
				if n != 1 {
					t.Errorf("%v was created %d times", k, n)
				}
			}
			for _, row := range srv.Rows() {
				if !row.Archived || row.CustomerPhone != "+1555" {
					t.Fatalf("the service has %+v", row)
				}
			}
		})
	}
}

func process(dir string, env []string, args ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), env...)
	return cmd
}

// killAt kills an apply when the service has seen some more requests of it; it
// may end before.
func killAt(t *testing.T, dir string, env []string, srv *sandbox.Server, requests int) {
	t.Helper()
	srv.ResetRequests()
	cmd := process(dir, env, "apply", "--auto-approve")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // it was killed, or it is done
	}()
	for {
		n := 0
		for _, count := range srv.Requests() {
			n += count
		}
		if n > requests {
			_ = cmd.Process.Kill() // it may just have ended
			<-ended
			return
		}
		select {
		case <-ended:
			return
		case <-time.After(100 * time.Microsecond):
		}
	}
}

// Only one process at a time works on a state; the other one is told who does.
func TestLocked(t *testing.T) {
	srv, err := sandbox.New(sandbox.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fault, err := sandbox.ParseFault("list:hang")
	if err != nil {
		t.Fatal(err)
	}
	srv.AddFault(fault)
	web := httptest.NewServer(srv)
	defer web.Close()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(manyParcels), 0o644); err != nil {
		t.Fatal(err)
	}
	env := []string{"TRACKINGMORE_API_KEY=x", "TMSYNC_ENDPOINT=" + web.URL + "/v2", asProcess + "=1"}
	holder := process(dir, env, "apply", "--auto-approve")
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	for srv.Requests()["list"] == 0 {
		time.Sleep(time.Millisecond)
	}
	out, err := process(dir, env, "plan").CombinedOutput()
	if code := exitCode(err); code != int(cli.Locked) {
		t.Errorf("the second process ended with %d, want %d\n%s", code, cli.Locked, out)
	}
	for _, want := range []string{"The state is locked", fmt.Sprintf("process %d", holder.Process.Pid), "user"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the message lacks %q:\n%s", want, out)
		}
	}
	_ = holder.Process.Kill()
	_ = holder.Wait()
	srv.ClearFaults()
	if out, err := process(dir, env, "apply", "--auto-approve").CombinedOutput(); err != nil {
		t.Errorf("after the holder was killed: %v\n%s", err, out)
	}
}

func exitCode(err error) int {
	if exit, ok := err.(*exec.ExitError); ok {
		return exit.ExitCode()
	}
	return 0
}
