package cli_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

// gitlabJob is a job of GitLab CI.
type gitlabJob struct {
	Script        []string
	Variables     map[string]string
	ResourceGroup string `json:"resource_group"`
	Rules         []struct{ If string }
	Artifacts     struct {
		Paths   []string
		Reports map[string]string
	}
}

// The pipelines: with GitLab's managed state, and with a state that is committed.
const (
	managedPipeline = ".gitlab-ci.yml"
	commitPipeline  = "commit-the-state.gitlab-ci.yml"
)

// gitlab runs a job's script as GitLab's runner does.
func (w *workshop) gitlab(pipeline, name string) (log string, code int) {
	w.t.Helper()
	var f map[string]json.RawMessage
	readYAML(w.t, example("gitlab-ci", pipeline), &f)
	var job gitlabJob
	must(w.t, json.Unmarshal(f[name], &job))
	env := map[string]string{
		"GITLAB_CI": "true", "CI": "true", "CI_PROJECT_DIR": w.dir, "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_SHORT_SHA": "c0ffee",
		"CI_SERVER_HOST": "gitlab.example.org", "CI_PROJECT_PATH": "example/shop", "TMSYNC_PUSH_TOKEN": "push-token",
	}
	for _, variables := range []map[string]string{variablesOf(w.t, f), job.Variables} {
		for name, value := range variables {
			env[name] = os.Expand(value, func(name string) string { return w.environ[name] })
		}
	}
	var defaults struct {
		BeforeScript []string `json:"before_script"`
	}
	must(w.t, json.Unmarshal(f["default"], &defaults))
	lines := slices.Concat(defaults.BeforeScript, job.Script)
	for i, line := range lines {
		if strings.HasPrefix(line, "go install ") {
			lines[i] = w.environ["GO_INSTALL"]
		}
	}
	log, code = w.run(env, "bash", "-eo", "pipefail", "-c", strings.Join(lines, "\n"))
	for _, path := range slices.Concat(job.Artifacts.Paths, slices.Sorted(maps.Values(job.Artifacts.Reports))) {
		if _, err := os.Stat(filepath.Join(w.dir, path)); err != nil && code == 0 {
			w.t.Errorf("%s leaves no %s\n%s", name, path, log)
		}
	}
	return log, code
}

// variablesOf returns the variables of all jobs.
func variablesOf(t *testing.T, f map[string]json.RawMessage) map[string]string {
	t.Helper()
	var all map[string]string
	if f["variables"] != nil {
		must(t, json.Unmarshal(f["variables"], &all))
	}
	return all
}

// manage gives the project a managed state.
func (w *workshop) manage() *storetest.GitLab {
	w.t.Helper()
	g := &storetest.GitLab{Username: "gitlab-ci-token", Password: "job-token"}
	web := httptest.NewServer(g)
	w.t.Cleanup(web.Close)
	w.environ["CI_API_V4_URL"], w.environ["CI_PROJECT_ID"], w.environ["CI_JOB_TOKEN"] = web.URL+"/api/v4", "7", "job-token"
	w.write("state.hcl", w.read(example("gitlab-ci", "state.hcl")))
	return g
}

// What a merge request would do is told; apply keeps the state at GitLab, and commits
// nothing; drift fails.
func TestGitLabManagedState(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	g := w.manage()
	bare := w.share()
	log, code := w.gitlab(managedPipeline, "plan")
	if code != 0 || !strings.Contains(log, "/api/v4/projects/7/terraform/state/tmsync") || g.Versions("tmsync") != 0 {
		t.Fatalf("plan ended with %d, and wrote %d states\n%s", code, g.Versions("tmsync"), log)
	}
	if log, code = w.gitlab(managedPipeline, "apply"); code != 0 || len(w.Rows()) != 2 || g.Versions("tmsync") == 0 {
		t.Fatalf("apply ended with %d, and there are %d versions of the state\n%s", code, g.Versions("tmsync"), log)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "tmsync.state.jsonl")); err == nil {
		t.Error("there is a state in the checkout")
	}
	if n := w.git("--git-dir", bare, "rev-list", "--count", "main"); strings.TrimSpace(n) != "1" {
		t.Errorf("there are %s commits", n)
	}
	if log, code = w.gitlab(managedPipeline, "drift"); code != 0 {
		t.Errorf("drift ended with %d\n%s", code, log)
	}
	row, _ := w.Row(sandbox.Key{Carrier: "sto", Number: "402934299065"})
	row.Title = "By hand"
	must(t, w.Put(row))
	if log, code = w.gitlab(managedPipeline, "drift"); code != 2 || !strings.Contains(log, "By hand") {
		t.Errorf("drift ended with %d, want 2\n%s", code, log)
	}
	if log, code = w.gitlab(managedPipeline, "apply"); code != 0 || !strings.Contains(log, "1 updated") {
		t.Errorf("apply ended with %d\n%s", code, log)
	}
	if log, code = w.gitlab(managedPipeline, "plan"); code != 0 || !strings.Contains(log, "No changes.") || strings.Contains(log, "job-token") {
		t.Errorf("in the end plan ended with %d, or shows the token\n%s", code, log)
	}
}

// What GitLab collects is what the job has written, whatever a merge request has
// committed under its names, and whichever step fails.
func TestForgedArtifacts(t *testing.T) {
	t.Parallel()
	for _, pipeline := range exhaustive.Or([]string{managedPipeline, commitPipeline}, []string{managedPipeline}) {
		testForgedArtifacts(t, pipeline)
	}
}

func testForgedArtifacts(t *testing.T, pipeline string) {
	var f map[string]json.RawMessage
	readYAML(t, example("gitlab-ci", pipeline), &f)
	for name, spoil := range map[string]func(*workshop){
		"before": func(w *workshop) { w.environ["GO_INSTALL"] = "false" },
		"check":  func(w *workshop) { w.edit("title ", "titel ") },
		"none":   func(*workshop) {},
	} {
		for _, job := range []string{"plan", "drift", "apply"} {
			t.Run(pipeline+" "+name+" "+job, func(t *testing.T) {
				w := newWorkshop(t)
				if pipeline == managedPipeline {
					w.manage()
				}
				bare := w.share()
				var j gitlabJob
				must(t, json.Unmarshal(f[job], &j))
				reports := slices.Sorted(maps.Values(j.Artifacts.Reports))
				for _, path := range j.Artifacts.Paths {
					if path != "tmsync.state.jsonl" { // which is the repository's
						reports = append(reports, path)
					}
				}
				for _, path := range reports {
					w.write(path, "LD_PRELOAD=forged\n")
				}
				spoil(w)
				w.git(append([]string{"add", "--"}, reports...)...)
				w.commit("forged")
				w.git("push", "--quiet", "origin", "main")
				w.environ["GIT_CONFIG_COUNT"], w.environ["GIT_CONFIG_KEY_0"] = "1", "url."+bare+".insteadOf"
				w.environ["GIT_CONFIG_VALUE_0"] = "https://tmsync:push-token@gitlab.example.org/example/shop.git"
				log, code := w.gitlab(pipeline, job)
				if (code == 0) != (name == "none") && !(job == "drift" && code == 2) {
					t.Errorf("ended with %d\n%s", code, log)
				}
				for _, path := range reports {
					if text, err := os.ReadFile(filepath.Join(w.dir, path)); err == nil && strings.Contains(string(text), "forged") {
						t.Errorf("%s is the one that was committed\n%s", path, log)
					}
				}
			})
		}
	}
}

// What a merge request would do is told; apply pushes the state; drift fails.
func TestGitLab(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	bare := w.share()
	w.environ["GIT_CONFIG_COUNT"], w.environ["GIT_CONFIG_KEY_0"] = "1", "url."+bare+".insteadOf"
	w.environ["GIT_CONFIG_VALUE_0"] = "https://tmsync:push-token@gitlab.example.org/example/shop.git"

	log, code := w.gitlab(commitPipeline, "plan")
	if env := w.read(filepath.Join(w.dir, "tmsync.env")); code != 0 || !strings.Contains(env, "TMSYNC_CREATE=2\n") {
		t.Fatalf("plan ended with %d and %q\n%s", code, env, log)
	}
	if report := w.read(filepath.Join(w.dir, "gl-code-quality-report.json")); report != "[]\n" {
		t.Errorf("the code-quality report is %q", report)
	}
	if log, code = w.gitlab(commitPipeline, "apply"); code != 0 || len(w.Rows()) != 2 {
		t.Fatalf("apply ended with %d\n%s", code, log)
	}
	if state := w.git("--git-dir", bare, "show", "main:tmsync.state.jsonl"); !strings.Contains(state, "tracking.lamp") {
		t.Errorf("the state that was pushed is\n%s", state)
	}
	if log, code = w.gitlab(commitPipeline, "drift"); code != 0 {
		t.Errorf("drift ended with %d\n%s", code, log)
	}
	row, _ := w.Row(sandbox.Key{Carrier: "sto", Number: "402934299065"})
	row.Title = "By hand"
	must(t, w.Put(row))
	if log, code = w.gitlab(commitPipeline, "drift"); code != 2 || !strings.Contains(log, "By hand") {
		t.Errorf("drift ended with %d, want 2\n%s", code, log)
	}
	// A pipeline is of an older commit than the state.
	w.git("checkout", "--quiet", "--detach", "main")
	if log, code = w.gitlab(commitPipeline, "apply"); code != 0 || !strings.Contains(log, "1 updated") {
		t.Errorf("apply ended with %d\n%s", code, log)
	}
	// What fails fails the job, and what is done is in the state all the same. The same
	// title once more would look like the service's own doing.
	row.Title = "By hand again"
	must(t, w.Put(row))
	w.edit(`tracking "books"`, oneMore)
	w.commit("one more")
	w.git("push", "--quiet", "origin", "HEAD:main")
	fault, err := sandbox.ParseFault("put:item=sto/402934299065=4015")
	must(t, err)
	w.AddFault(fault)
	before := w.git("--git-dir", bare, "rev-parse", "main")
	if log, code = w.gitlab(commitPipeline, "apply"); code != 9 || w.git("--git-dir", bare, "rev-parse", "main") == before {
		t.Errorf("apply ended with %d, want 9, or has pushed no state\n%s", code, log)
	}
}

// Every job that talks to the service is for one occasion, and apply for one
// pipeline at a time.
func TestGitLabIsCareful(t *testing.T) {
	for _, pipeline := range []string{managedPipeline, commitPipeline} {
		var f map[string]json.RawMessage
		readYAML(t, example("gitlab-ci", pipeline), &f)
		for _, name := range []string{"plan", "apply", "drift"} {
			isCareful(t, f, name)
		}
	}
}

func isCareful(t *testing.T, f map[string]json.RawMessage, name string) {
	t.Helper()
	var job gitlabJob
	must(t, json.Unmarshal(f[name], &job))
	if len(job.Rules) != 1 || !strings.Contains(job.Rules[0].If, "$CI_PIPELINE_SOURCE ==") {
		t.Errorf("%s is run by %v", name, job.Rules)
	}
	if name == "apply" && job.ResourceGroup == "" {
		t.Error("two pipelines may apply at once")
	}
}

// hook is one of pre-commit.
type hook struct {
	ID, Entry, Language, Files string
	PassFilenames              *bool    `json:"pass_filenames"`
	Dependencies               []string `json:"additional_dependencies"`
}

// The hooks pass good files, mend their form, and stop bad ones.
func TestPreCommit(t *testing.T) {
	t.Parallel()
	var offered, used []hook
	readYAML(t, example("pre-commit", ".pre-commit-hooks.yaml"), &offered)
	var config struct{ Repos []struct{ Hooks []hook } }
	readYAML(t, example("pre-commit", ".pre-commit-config.yaml"), &config)
	for _, repo := range config.Repos {
		used = append(used, repo.Hooks...)
	}
	if diff := cmp.Diff(offered, used); diff != "" || len(used) != 3 {
		t.Fatalf("the hooks that are offered and those of the example differ (-offered +used):\n%s", diff)
	}
	w := newWorkshop(t)
	delete(w.environ, "TMSYNC_ENDPOINT")
	w.edit("requests_per_second = 0", `endpoint = "sandbox"`)
	must(t, os.Mkdir(filepath.Join(w.dir, "tests"), 0o700))
	hooks := func() (log string, failed []string) {
		for _, h := range used {
			command := strings.Fields(h.Entry)
			if h.PassFilenames == nil || *h.PassFilenames {
				if !regexp.MustCompile(h.Files).MatchString("main.hcl") {
					t.Errorf("%s passes main.hcl by", h.ID)
				}
				command = append(command, "main.hcl")
			}
			out, code := w.run(nil, command[0], command[1:]...)
			log += out
			if code != 0 {
				failed = append(failed, h.ID)
			}
		}
		return log, failed
	}
	w.write("tests/lamp.test.hcl", "run \"plan\" {\n  assert {\n    condition     = tracking.lamp.title == \"A lamp\"\n    error_message = \"It is a lamp.\"\n  }\n}\n")
	if log, failed := hooks(); failed != nil {
		t.Errorf("good files fail %v\n%s", failed, log)
	}
	good := w.read(filepath.Join(w.dir, "main.hcl"))
	w.edit("title           =", "title=")
	if log, failed := hooks(); failed != nil || w.read(filepath.Join(w.dir, "main.hcl")) != good {
		t.Errorf("bad form fails %v, or is not mended\n%s", failed, log)
	}
	w.edit(`"A lamp"`, `"Two lamps"`)
	if log, failed := hooks(); !slices.Equal(failed, []string{"tmsync-test"}) {
		t.Errorf("a test that does not hold fails %v\n%s", failed, log)
	}
	w.edit("carrier_code", "carrier")
	if log, failed := hooks(); !slices.Contains(failed, "tmsync-validate") {
		t.Errorf("bad files fail %v\n%s", failed, log)
	}
}

// The cron job is silent unless somebody should look at it.
func TestCron(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	script, err := filepath.Abs(example("cron", "tmsync-cron"))
	must(t, err)
	for range 2 {
		if out, code := w.run(nil, script, w.dir); code != 0 || out != "" {
			t.Errorf("ended with %d and says\n%s", code, out)
		}
	}
	logs, err := filepath.Glob(filepath.Join(w.dir, ".tmsync", "cron", "*.log"))
	must(t, err)
	if len(logs) == 0 || len(w.Rows()) != 2 {
		t.Fatalf("there are the logs %q and %d trackings", logs, len(w.Rows()))
	}
	if log := w.read(logs[0]); !strings.Contains(log, "2 created") {
		t.Errorf("the log is\n%s", log)
	}
	w.edit("title", "titel")
	if out, code := w.run(nil, script, w.dir); code != 1 || !strings.Contains(out, "It failed.") || !strings.Contains(out, "Unsupported argument") {
		t.Errorf("bad files end with %d and\n%s", code, out)
	}
	tmsync := filepath.Join(filepath.Dir(w.dir), "bin", "tmsync")
	for code, want := range map[int]string{4: "safety limit", 5: "", 6: "in part", 7: "credits", 9: "Fix them"} {
		must(t, os.Remove(tmsync))
		must(t, os.WriteFile(tmsync, fmt.Appendf(nil, "#!/bin/sh\nexit %d\n", code), 0o700))
		out, got := w.run(nil, script, w.dir)
		if want == "" && (got != 0 || out != "") || want != "" && (got != code || !strings.Contains(out, want)) {
			t.Errorf("after %d it ends with %d and\n%s", code, got, out)
		}
	}
}
