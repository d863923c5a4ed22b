package cli_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

// installer is a script that installs a release.
type installer struct {
	script  string
	shell   []string
	environ []string
	into    string // where the program has to be then, below the home directory
}

// installers returns the line of README.md and the step of the action for GitHub.
func installers(t *testing.T) map[string]installer {
	t.Helper()
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	must(t, err)
	line := regexp.MustCompile(`(?m)^\(set -e; v=.*\)$`).Find(readme)
	if line == nil {
		t.Fatal("README.md has no line that installs a release")
	}
	var action struct {
		Runs struct{ Steps []actionStep }
	}
	readYAML(t, example("github-actions", "setup", "action.yml"), &action)
	if len(action.Runs.Steps) != 1 {
		t.Fatalf("the action has %d steps, want 1", len(action.Runs.Steps))
	}
	cpu := map[string]string{"amd64": "X64", "arm64": "ARM64"}[runtime.GOARCH]
	return map[string]installer{
		"README": {string(line), []string{"sh", "-c"}, nil, ".local/bin/tmsync"},
		"action": {action.Runs.Steps[0].Run, []string{"bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"}, []string{"VERSION=0.1.0", "RUNNER_OS=Linux", "RUNNER_ARCH=" + cpu}, ""},
	}
}

// TestInstall holds that what the documents say to install a release with installs
// it, and nothing whose checksum is wrong or is not there.
func TestInstall(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the steps are those of Linux")
	}
	const address = "https://github.com/tmsync/tmsync/releases/download"
	name := "tmsync_0.1.0_linux_" + runtime.GOARCH + ".tar.gz"
	good, bad := archive(t, "#!/bin/sh\necho tmsync v0.1.0\n"), archive(t, "#!/bin/sh\necho hostile\n")
	sums := fmt.Sprintf("%x  %s\n%x  tmsync_0.1.0_darwin_arm64.tar.gz\n", sha256.Sum256(good), name, sha256.Sum256(bad))
	for _, tt := range []struct {
		name    string
		archive []byte
		sums    string
		ok      bool
	}{
		{"released", good, sums, true},
		{"changed", bad, sums, false},
		{"no checksum", good, strings.Replace(sums, name, "another.tar.gz", 1), false},
		{"no archive", nil, sums, false},
	} {
		files := map[string][]byte{"/v0.1.0/checksums.txt": []byte(tt.sums), "/v0.1.0/" + name: tt.archive}
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if files[r.URL.Path] == nil {
				w.WriteHeader(http.StatusNotFound)
			}
			_, _ = w.Write(files[r.URL.Path])
		}))
		defer srv.Close()
		for which, in := range installers(t) {
			if !strings.Contains(in.script, address) {
				t.Fatalf("%s installs from elsewhere than %s", which, address)
			}
			home := t.TempDir()
			cmd := exec.Command(in.shell[0], append(in.shell[1:], strings.ReplaceAll(in.script, address, srv.URL))...)
			path := filepath.Join(home, "path")
			cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + home, "RUNNER_TEMP=" + home, "GITHUB_PATH=" + path}, in.environ...)
			out, err := cmd.CombinedOutput()
			if (err == nil) != tt.ok {
				t.Errorf("%s, %s: ended with %v\n%s", which, tt.name, err, out)
			}
			program := filepath.Join(home, in.into)
			if in.into == "" {
				added, _ := os.ReadFile(path) // nothing, where it fails
				program = filepath.Join(strings.TrimSpace(string(added)), "tmsync")
			}
			said, _ := exec.Command(program).Output()
			if got := string(said) == "tmsync v0.1.0\n"; got != tt.ok {
				t.Errorf("%s, %s: the program at %s says %q\n%s", which, tt.name, program, said, out)
			}
		}
	}
}

// archive packs a program as a release does.
func archive(t *testing.T, program string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, f := range []struct {
		name, text string
		mode       int64
	}{{"README.md", "# tmsync\n", 0o644}, {"tmsync", program, 0o755}} {
		must(t, w.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.text)), Mode: f.mode}))
		_, err := w.Write([]byte(f.text))
		must(t, err)
	}
	must(t, w.Close())
	must(t, z.Close())
	return b.Bytes()
}
