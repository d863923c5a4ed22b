package cli_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
)

// The canaries: what must go to the service, and nowhere else. Of each, the mark
// is looked for, which stands in the midst of it.
const (
	canaryKey      = "0c4nary0-qkeymark-4000-8000-000000000001"
	canaryStateKey = "state-qstatekeymark-0002"
	canaryVariable = "Ms Qvariablemark Three"
)

var canaryValues = map[tracking.Attr]string{
	tracking.CustomerName:  "Mr Qnamemark Four",
	tracking.CustomerEmail: "five.qmailmark@example.org",
	tracking.CustomerPhone: "+4915550qphonemark",
	tracking.PostalCode:    "6-QPOSTMARK-6",
	tracking.AccountNumber: "7/qaccountmark/7",
}

// canaryOwner is whose account it is: the service says so, and only a hash is kept.
const canaryOwner = "eight.qownermark@example.org"

var canaryMarks = []string{
	"qownermark", "qkeymark", "qstatekeymark", "Qvariablemark", "Qnamemark", "qmailmark", "qphonemark", "QPOSTMARK", "qaccountmark",
}

// disguises are the texts under which a mark may turn up, in small letters.
func disguises(mark string) []string {
	reversed := []byte(mark)
	slices.Reverse(reversed)
	out := []string{mark, string(reversed), hex.EncodeToString([]byte(mark)), url.QueryEscape(mark)}
	for shift := range 3 { // where the mark may stand in what is encoded
		text := append(make([]byte, shift), mark...)
		encoded := base64.RawStdEncoding.EncodeToString(text)
		out = append(out, encoded[(shift*8+5)/6:len(text)*8/6])
	}
	for i := range out {
		out[i] = strings.ToLower(out[i])
	}
	return out
}

// leaks returns the canaries that a text lets out.
func leaks(text []byte) (found []string) {
	text = bytes.ToLower(text)
	for _, mark := range canaryMarks {
		for _, d := range disguises(mark) {
			if bytes.Contains(text, []byte(d)) {
				found = append(found, fmt.Sprintf("%s as %q", mark, d))
			}
		}
	}
	return found
}

// aviary is a directory with canaries in its configuration, and a service that
// gets to see them.
type aviary struct {
	t      *testing.T
	dir    string
	env    map[string]string
	srv    *sandbox.Server
	inputs map[string]bool // files that hold canaries because the user put them there

	mu       sync.Mutex
	seen     bytes.Buffer // what has arrived at the service
	requests int
	// answer, if not nil, answers in place of the sandbox unless it returns false.
	answer func(w http.ResponseWriter, r *http.Request, n int) bool
}

func newAviary(t *testing.T, files map[string]string) *aviary {
	t.Helper()
	srv, err := sandbox.New(sandbox.Options{Identity: sandbox.Identity{Email: canaryOwner}})
	if err != nil {
		t.Fatal(err)
	}
	a := &aviary{t: t, dir: t.TempDir(), srv: srv, inputs: map[string]bool{}}
	web := httptest.NewServer(a)
	t.Cleanup(web.Close)
	a.env = map[string]string{
		"TRACKINGMORE_API_KEY": canaryKey, "TMSYNC_STATE_KEY": canaryStateKey, "TMSYNC_ENDPOINT": web.URL + "/v2",
		"TMSYNC_VAR_name": canaryVariable, "TMSYNC_LOG": "trace", "TMPDIR": a.dir,
	}
	for name, text := range files {
		a.write(name, text)
	}
	return a
}

func (a *aviary) write(name, text string) {
	a.t.Helper()
	a.inputs[name] = true
	if err := os.WriteFile(filepath.Join(a.dir, name), []byte(text), 0o600); err != nil {
		a.t.Fatal(err)
	}
}

func (a *aviary) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	a.mu.Lock()
	_ = r.Header.Write(&a.seen)
	a.seen.Write(body)
	a.requests++
	n, answer := a.requests, a.answer
	a.mu.Unlock()
	if answer == nil || !answer(w, r, n) {
		a.srv.ServeHTTP(w, r)
	}
}

// misbehave has the service answer in another way from now on; n counts requests
// from 1.
func (a *aviary) misbehave(answer func(w http.ResponseWriter, r *http.Request, n int) bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answer, a.requests = answer, 0
}

// run runs tmsync in this process and looks at all it has left behind.
func (a *aviary) run(want cli.ExitCode, args ...string) (stdout string) {
	a.t.Helper()
	var out, errs bytes.Buffer
	code := run(a.dir, a.env, 0, &out, &errs, args)
	if code != want {
		a.t.Errorf("%s ended with %d, want %d\n%s%s", args, code, want, &out, &errs)
	}
	a.inspect(strings.Join(args, " "), map[string][]byte{"stdout": out.Bytes(), "stderr": errs.Bytes()})
	return out.String()
}

// process runs tmsync as a process of its own, and kills it when kill is closed.
func (a *aviary) process(kill <-chan struct{}, args ...string) {
	a.t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	var out, errs bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = a.dir, &out, &errs
	cmd.Env = []string{asProcess + "=1", cacheDir + "=" + filepath.Join(a.dir, "cache")}
	for name, value := range a.env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if err := cmd.Start(); err != nil {
		a.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // killed, or done
	}()
	select {
	case <-kill:
		_ = cmd.Process.Kill() // it may just have ended
	case <-ended:
	}
	<-ended
	a.inspect("killed: "+strings.Join(args, " "), map[string][]byte{"stdout": out.Bytes(), "stderr": errs.Bytes()})
}

// inspect looks for canaries in some texts and in every file below the directory,
// but for those that the user has written and for the embedded service's own.
func (a *aviary) inspect(what string, texts map[string][]byte) {
	a.t.Helper()
	err := filepath.WalkDir(a.dir, func(path string, d fs.DirEntry, err error) error {
		name, _ := filepath.Rel(a.dir, path)
		if err != nil || d.IsDir() || a.inputs[name] || name == filepath.Join(".tmsync", "sandbox.jsonl") {
			return err
		}
		texts["the file "+name], err = os.ReadFile(path)
		return err
	})
	if err != nil {
		a.t.Fatal(err)
	}
	for where, text := range texts {
		if found := leaks(append([]byte(where+"\n"), text...)); len(found) > 0 {
			a.t.Errorf("%s: %s has %q\n%.2000s", what, where, found, text)
		}
		if bytes.Contains(text, []byte("goroutine ")) {
			a.t.Errorf("%s: %s has a trace\n%.2000s", what, where, text)
		}
	}
}

// arrived checks that the service has been told everything, so that silence
// means something.
func (a *aviary) arrived() {
	a.t.Helper()
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, mark := range canaryMarks {
		if mark != "qstatekeymark" && mark != "qownermark" && !bytes.Contains(a.seen.Bytes(), []byte(mark)) {
			a.t.Errorf("%s has not arrived at the service", mark)
		}
	}
}

// flock is a configuration with a canary in every place that may hold one.
func flock() map[string]string {
	var attrs strings.Builder
	for a, v := range canaryValues {
		fmt.Fprintf(&attrs, "  %s = %q\n", a, v)
	}
	return map[string]string{
		"main.hcl": `
provider "trackingmore" {
  requests_per_second = 0
  rate_limit_pause    = "10ms"
  timeout             = "300ms"
}

variable "name" {
  type      = string
  sensitive = true
}

tracking "literal" {
  carrier_code    = "sto"
  tracking_number = "402934299065"
  title           = "Red"
` + attrs.String() + `}

tracking "variable" {
  carrier_code    = "sto"
  tracking_number = "402934299066"
  customer_name   = var.name
  title           = "For ${local.whom}"

  lifecycle {
    precondition {
      condition     = var.name != ""
      error_message = "Nobody."
    }
  }
}

locals {
  whom = "the ${upper(var.name)}"
}

output "name" {
  value     = [local.whom, tracking.literal.customer_email]
  sensitive = true
}

check "name" {
  assert {
    condition     = var.name == "somebody"
    error_message = "Another one."
  }
}

trackings "rows" {
  csv             = "orders.csv"
  key             = row.id
  carrier_code    = row.carrier
  tracking_number = row.number
  customer_name   = row.name
  customer_email  = row.mail
  customer_phone  = row.phone
}
`,
		"orders.csv": strings.Join([]string{
			"id,carrier,number,name,mail,phone",
			"1,sto,402934299067," + canaryValues[tracking.CustomerName] + "," + canaryValues[tracking.CustomerEmail] + "," + canaryValues[tracking.CustomerPhone],
			"2,sto,402934299068,,,", "",
		}, "\n"),
	}
}

func TestCanaryMarks(t *testing.T) {
	for a := range tracking.AllAttrs() {
		if a.Spec().Sensitive && len(leaks([]byte(canaryValues[a]))) == 0 {
			t.Errorf("%s is sensitive and has no canary", a)
		}
	}
	for _, secret := range []string{canaryKey, canaryStateKey, canaryVariable} {
		for name, text := range map[string]string{
			"clear": secret, "swapped case": strings.ToUpper(secret), "hex": hex.EncodeToString([]byte(secret)),
			"base64": base64.StdEncoding.EncodeToString([]byte("x" + secret)), "URL": url.QueryEscape(secret),
		} {
			if len(leaks([]byte("some "+text+" text"))) == 0 {
				t.Errorf("%s is not found in %s", name, text)
			}
		}
	}
}

// Everything goes well: a life from init to destroy.
func TestCanariesAtPeace(t *testing.T) {
	before := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, before) })
	a := newAviary(t, flock())
	a.run(cli.OK, "init")
	a.run(cli.OK, "fmt", "--check=false")
	a.run(cli.OK, "validate")
	a.run(cli.OK, "plan", "--show-sensitive") // which is for terminals only
	a.run(cli.OK, "apply", "--auto-approve")
	a.arrived()
	for _, row := range a.srv.Rows() {
		row.CustomerName, row.CustomerEmail = "Mrs Qnamemark Eight", "qmailmark@example.org" // somebody edits
		if err := a.srv.Put(row); err != nil {
			t.Fatal(err)
		}
	}
	a.run(cli.Changes, "plan", "--detailed-exitcode")
	a.run(cli.OK, "apply", "--auto-approve")
	a.env["ANSWER"] = `var.name|local.whom|tracking.variable|"<${var.name}>"`
	for _, args := range [][]string{
		{"plan"}, {"show"}, {"state", "list"}, {"version"}, {"plan", "--refresh=false"}, {"plan", "--destroy"}, {"validate", "--json"},
		{"show", "--json"}, {"output"}, {"output", "--json"}, {"console"}, {"plan", "--replace=tracking.variable", "--out=replace.plan"},
		{"show", "replace.plan"}, {"show", "--json", "replace.plan"}, {"apply", "replace.plan"}, {"refresh"}, {"state", "pull"}, {"state", "verify"},
		{"state", "show", "tracking.variable"}, {"state", "rm", "tracking.variable"}, {"import", "tracking.variable", "sto/402934299066"},
		{"apply", "--auto-approve"}, {"explain", "tracking.variable"}, {"explain", "--json", "tracking.literal"}, {"explain", "sto/402934299067"},
		{"plan", "--json"}, {"drift"}, {"drift", "--json-out=e.jsonl", "--md-out=r.md", "--html-out=r.html", "--metrics-file=m.prom", "--baseline=b.json", "--update-baseline"},
		{"plan", "--replace=tracking.variable", "--md-out=r.md", "--html-out=r.html"},
		{"account"}, {"account", "--json"}, {"track", "tracking.literal"}, {"track", "--json", "sto/402934299067"}, {"carriers", "sto"},
		{"export", "--to=csv"}, {"export", "--to=json", "--of=prior"}, {"export", "--to=hcl", "--of=remote"},
	} {
		a.run(cli.OK, args...)
	}
	a.run(cli.Failure, "output", "name")
	a.run(cli.Failure, "output", "--raw", "name")
	a.env["ANSWER"] = `var.nme`
	a.run(cli.Failure, "console")
	a.write("main.hcl", strings.ReplaceAll(flock()["main.hcl"], "mark", "mark-changed-mark"))
	a.run(cli.OK, "apply", "--auto-approve")
	a.env["TMSYNC_STATE_KEY"] = "another-" + canaryStateKey
	a.run(cli.Failure, "apply", "--auto-approve") // the other key has signed the state
	a.run(cli.OK, "state", "push", "--force", stateName)
	a.run(cli.OK, "apply", "--auto-approve")
	a.run(cli.OK, "destroy", "--auto-approve")
}

// The process dies in the midst of an apply, at one request after the other.
func TestCanariesInWreckage(t *testing.T) {
	a := newAviary(t, flock())
	killed := 0
	for at := 1; at <= 5; at++ {
		kill := make(chan struct{})
		a.misbehave(func(w http.ResponseWriter, r *http.Request, n int) bool {
			if n == at {
				killed++
				a.srv.ServeHTTP(httptest.NewRecorder(), r)
				close(kill)
				<-r.Context().Done()
				return true
			}
			return false
		})
		a.process(kill, "apply", "--auto-approve")
	}
	a.misbehave(nil)
	if killed < 3 {
		t.Errorf("killed %d times", killed)
	}
	a.process(nil, "plan")
	a.process(nil, "apply", "--auto-approve")
	a.run(cli.OK, "plan", "--detailed-exitcode")
	a.arrived()
}
