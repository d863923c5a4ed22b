package cli_test

import (
	"bytes"
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zclconf/go-cty-yaml"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// readYAML reads a file into a Go value, by its json tags.
func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	src, err := os.ReadFile(path)
	must(t, err)
	ty, err := yaml.Standard.ImpliedType(src)
	must(t, err)
	v, err := yaml.Standard.Unmarshal(src, ty)
	must(t, err)
	text, err := ctyjson.Marshal(v, ty)
	must(t, err)
	must(t, json.Unmarshal(text, into))
}

func example(name ...string) string {
	return filepath.Join(append([]string{"..", "..", "examples"}, name...)...)
}

// workshop is a checkout with a service, in which the steps of workflows run.
type workshop struct {
	*sandbox.Server
	t        *testing.T
	dir      string            // where the steps run
	checkout string            // the repository's top
	temp     string            // for files that are not of the checkout
	environ  map[string]string // of all steps; it goes before a step's own
}

// shopFiles is main.hcl.
const shopFiles = `provider "trackingmore" {
  requests_per_second = 0
}

tracking "lamp" {
  carrier_code    = "sto"
  tracking_number = "402934299065"
  title           = "A lamp"
}

tracking "books" {
  carrier_code    = "usps"
  tracking_number = "9400110898825022579493"
  title           = "Three books"
}
`

// oneMore is one more tracking, before the last one.
const oneMore = `tracking "shoes" {
  carrier_code    = "sto"
  tracking_number = "402934299066"
}

tracking "books"`

func newWorkshop(t *testing.T) *workshop {
	t.Helper()
	for _, tool := range []string{"bash", "git", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("the steps need %s, as the runners have it", tool)
		}
	}
	srv, err := sandbox.New(sandbox.Options{})
	must(t, err)
	web := httptest.NewServer(srv)
	t.Cleanup(func() {
		web.Close()
		srv.Close()
	})
	root := t.TempDir()
	shop := filepath.Join(root, "shop")
	w := &workshop{Server: srv, t: t, dir: shop, checkout: shop, temp: filepath.Join(root, "temp")}
	bin := filepath.Join(root, "bin")
	for _, dir := range []string{w.dir, w.temp, bin} {
		must(t, os.Mkdir(dir, 0o700))
	}
	self, err := os.Executable()
	must(t, err)
	must(t, os.WriteFile(filepath.Join(bin, "tmsync"), []byte("#!/bin/sh\n"+asProcess+"=1 exec '"+self+"' \"$@\"\n"), 0o700))
	must(t, os.WriteFile(filepath.Join(bin, "gh"), []byte(fakeGH), 0o700))
	w.environ = map[string]string{
		"PATH": bin + string(os.PathListSeparator) + os.Getenv("PATH"), "HOME": w.temp,
		"TMSYNC_ENDPOINT": web.URL + "/v2", "TRACKINGMORE_API_KEY": "secret-of-the-shop",
		"GIT_CONFIG_NOSYSTEM": "1",
	}
	w.write("main.hcl", shopFiles)
	return w
}

func (w *workshop) write(name, text string) {
	w.t.Helper()
	must(w.t, os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600))
}

// edit replaces a text in main.hcl.
func (w *workshop) edit(old, new string) {
	w.t.Helper()
	text := w.read(filepath.Join(w.dir, "main.hcl"))
	if !strings.Contains(text, old) {
		w.t.Fatalf("main.hcl has no %q", old)
	}
	w.write("main.hcl", strings.ReplaceAll(text, old, new))
}

// read returns a file's text, "" if there is none.
func (w *workshop) read(path string) string {
	w.t.Helper()
	text, err := os.ReadFile(path)
	if !os.IsNotExist(err) {
		must(w.t, err)
	}
	return string(text)
}

// run runs a program in the checkout.
func (w *workshop) run(env map[string]string, name string, args ...string) (output string, code int) {
	w.t.Helper()
	cmd := exec.Command("env", append([]string{name}, args...)...) // which finds it in that PATH
	cmd.Dir = w.dir
	all := map[string]string{}
	for _, vars := range []map[string]string{env, w.environ} {
		for name, value := range vars {
			all[name] = value
		}
	}
	for name, value := range all {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if cmd.ProcessState == nil {
		w.t.Fatal(err)
	}
	if strings.Contains(out.String(), w.environ["TRACKINGMORE_API_KEY"]) {
		w.t.Errorf("the key is in the log:\n%s", &out)
	}
	return out.String(), cmd.ProcessState.ExitCode()
}

// git runs git, which must succeed.
func (w *workshop) git(args ...string) string {
	w.t.Helper()
	out, code := w.run(nil, "git", args...)
	if code != 0 {
		w.t.Fatalf("git %v ended with %d\n%s", args, code, out)
	}
	return out
}

// share makes the checkout one of a repository to push to, and gives its path.
func (w *workshop) share() string {
	w.t.Helper()
	bare := filepath.Join(filepath.Dir(w.dir), "shop.git")
	w.git("init", "--quiet", "--bare", "--initial-branch=main", bare)
	w.git("--git-dir", bare, "config", "receive.advertisePushOptions", "true")
	w.git("init", "--quiet", "--initial-branch=main")
	w.git("remote", "add", "origin", bare)
	w.commit("the shop")
	w.git("push", "--quiet", "origin", "main")
	return bare
}

// commit commits all that the user has written.
func (w *workshop) commit(message string) {
	w.t.Helper()
	w.git("add", "main.hcl")
	w.git("-c", "user.name=user", "-c", "user.email=user@example.org", "commit", "--quiet", "--message", message)
}
