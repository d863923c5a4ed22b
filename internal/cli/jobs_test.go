package cli_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/gear/exhaustive"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

// gitlabJob is a job of GitLab CI.
type gitlabJob struct {
	Extends       string
	Script        []string
	AfterScript   []string `json:"after_script"` // of what it extends
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
	if job.Extends != "" {
		must(w.t, json.Unmarshal(included(w.t, f)[job.Extends], &job))
	}
	env := map[string]string{
		"GITLAB_CI": "true", "CI": "true", "CI_PROJECT_DIR": w.dir, "CI_DEFAULT_BRANCH": "main", "CI_COMMIT_SHORT_SHA": "c0ffee",
		"CI_SERVER_HOST": "gitlab.example.org", "CI_PROJECT_PATH": "example/shop", "TMSYNC_PUSH_TOKEN": "push-token",
		"CI_MERGE_REQUEST_IID": "3",
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
	env["CI_JOB_STATUS"] = "success" // unless the environment says otherwise
	if code != 0 {
		env["CI_JOB_STATUS"] = "failed"
	}
	after, noted := w.run(env, "bash", "-eo", "pipefail", "-c", strings.Join(job.AfterScript, "\n"))
	if log += after; noted != 0 && w.environ["GITLAB_TOKEN"] != "wrong" {
		w.t.Errorf("what comes after %s ended with %d\n%s", name, noted, after)
	}
	for _, path := range slices.Concat(job.Artifacts.Paths, slices.Sorted(maps.Values(job.Artifacts.Reports))) {
		if _, err := os.Stat(filepath.Join(w.dir, path)); err != nil && code == 0 {
			w.t.Errorf("%s leaves no %s\n%s", name, path, log)
		}
	}
	return log, code
}

// included returns the jobs of the file that a pipeline includes.
func included(t *testing.T, f map[string]json.RawMessage) (jobs map[string]json.RawMessage) {
	t.Helper()
	var files []struct{ Local string }
	must(t, json.Unmarshal(f["include"], &files))
	if len(files) != 1 {
		t.Fatalf("the pipeline includes %v, want one file", files)
	}
	readYAML(t, example("gitlab-ci", files[0].Local), &jobs)
	return jobs
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
	// A check that fails leaves a plan all the same, and its findings.
	whole := w.read(filepath.Join(w.dir, "main.hcl"))
	w.edit("tracking_number =", "tracking_number  =")
	log, code = w.gitlab(commitPipeline, "plan")
	if md, report := w.read(filepath.Join(w.dir, "tmsync.md")), w.read(filepath.Join(w.dir, "gl-code-quality-report.json")); code != 3 || !strings.Contains(md, "2 to create") || !strings.Contains(report, "standard form") {
		t.Errorf("a failed check ended with %d, the plan is %q, the code-quality report %q\n%s", code, md, report, log)
	}
	w.write("main.hcl", whole)
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
	if name == "plan" && (job.Extends != ".tmsync-note" || !strings.Contains(job.ResourceGroup, "$CI_MERGE_REQUEST_IID") || !strings.Contains(strings.Join(job.Script, "\n"), "tmsync.md")) {
		t.Errorf("%s writes no note, or two at once", name)
	}
	if name == "apply" && job.ResourceGroup == "" {
		t.Error("two pipelines may apply at once")
	}
}

// note is what somebody has written to a merge request.
type note struct {
	ID     int    `json:"id"`
	Body   string `json:"body"`
	System bool   `json:"system"`
	Author struct {
		ID int `json:"id"`
	} `json:"author"`
}

// noteBy makes a note.
func noteBy(author int, body string) note {
	n := note{Body: body}
	n.Author.ID = author
	return n
}

// mergeRequest is GitLab, as far as the notes of merge request 3 of project 7 go. The
// token of "bot", the user 42, may write them.
type mergeRequest struct {
	mu       sync.Mutex
	notes    []note
	requests int // with whatever token
}

// ServeHTTP implements http.Handler.
func (m *mergeRequest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests++
	const notes = "/api/v4/projects/7/merge_requests/3/notes"
	id, _ := strconv.Atoi(strings.TrimPrefix(r.URL.Path, notes+"/"))
	body := r.PostFormValue("body")
	status, answer := http.StatusOK, any(nil)
	switch {
	case r.Header.Get("PRIVATE-TOKEN") != "token-of-bot":
		status = http.StatusUnauthorized
	case r.Method == http.MethodGet && r.URL.Path == "/api/v4/user":
		answer = map[string]any{"id": 42, "username": "bot"}
	case r.Method == http.MethodGet && r.URL.Path == notes && r.FormValue("sort") == "asc":
		size, _ := strconv.Atoi(r.FormValue("per_page"))
		page, _ := strconv.Atoi(r.FormValue("page"))
		from := min(len(m.notes), size*(page-1))
		answer = append([]note{}, m.notes[from:min(len(m.notes), from+size)]...)
	case r.Method == http.MethodPost && r.URL.Path == notes && body != "":
		n := noteBy(42, body)
		n.ID = len(m.notes) + 1
		m.notes, status, answer = append(m.notes, n), http.StatusCreated, n
	case r.Method == http.MethodPut && id > 0 && id <= len(m.notes) && body != "" && m.notes[id-1].Author.ID == 42:
		m.notes[id-1].Body, answer = body, m.notes[id-1]
	default:
		status = http.StatusNotFound
	}
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(answer)
}

// discuss gives the project a merge request in which others have written: the mark of
// this configuration, and what has no text.
func (w *workshop) discuss() *mergeRequest {
	w.t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		w.t.Skip("the script needs curl, as the image has it")
	}
	m := &mergeRequest{notes: []note{noteBy(9, "<!-- tmsync:shop:. -->\nNo changes. Merge me."), noteBy(42, "About <!-- tmsync:shop:. -->"), noteBy(42, "<!-- tmsync:shop:books -->\nAnother one")}}
	for len(m.notes) < 230 { // more than two pages
		m.notes = append(m.notes, noteBy(9, "a word"))
	}
	for i := range m.notes {
		m.notes[i].ID = i + 1
	}
	web := httptest.NewServer(m)
	w.t.Cleanup(web.Close)
	w.environ["CI_API_V4_URL"], w.environ["CI_PROJECT_ID"], w.environ["GITLAB_TOKEN"] = web.URL+"/api/v4", "7", "token-of-bot"
	return m
}

// The plan is one note in the merge request, which is changed by the next one. Notes of
// other people, and of other configurations, stay as they are.
func TestGitLabNote(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	m := w.discuss()
	others := slices.Clone(m.notes)
	plan := func(want int, says, not string) {
		t.Helper()
		log, code := w.gitlab(commitPipeline, "plan")
		if len(m.notes) != len(others)+want || strings.Contains(log, "token-of-bot") {
			t.Fatalf("ended with %d and %d notes, want %d\n%s", code, len(m.notes)-len(others), want, log)
		}
		if diff := cmp.Diff(others, m.notes[:len(others)]); diff != "" {
			t.Errorf("the notes of others (-before +after):\n%s", diff)
		}
		for _, n := range m.notes[len(others):] {
			if !strings.Contains(n.Body, says) || not != "" && strings.Contains(n.Body, not) || !strings.HasPrefix(n.Body, "<!-- tmsync:shop:. -->\n") {
				t.Errorf("the note is\n%s\n%s", n.Body, log)
			}
		}
	}
	w.environ["CI_JOB_STATUS"] = "canceled"
	plan(0, "", "")
	delete(w.environ, "CI_JOB_STATUS")
	plan(1, "2 to create", "")
	w.edit("A lamp", "Two lamps & 50 %+\u00fc")
	plan(1, "Two lamps", "A lamp")

	// What a merge request writes is no command to GitLab, whatever it stands in.
	w.write("check.hcl", "check \"books\" {\n  assert {\n    condition     = false\n    error_message = \"```\\n/merge\\n/approve\"\n  }\n}\n")
	plan(1, "/merge", "\n/")
	// A check that fails leaves no older plan in the note.
	w.edit("title ", "titel ")
	w.write("tmsync.md", "<!-- tmsync:shop:. -->\n**No changes.** Merge me.\n")
	plan(1, "titel", "Merge me")
	// Without a report there is nothing to say.
	w.write("tmsync.md", "<!-- tmsync:shop:. -->\n**No changes.** Merge me.\n")
	w.environ["GO_INSTALL"] = "false"
	plan(1, "titel", "Merge me")
}

// Without a token, or with a wrong one, nothing is said, and the plan is what it was.
func TestGitLabNoteWithoutToken(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	m := w.discuss()
	for _, token := range []string{"", "wrong"} {
		w.environ["GITLAB_TOKEN"] = token
		before := len(m.notes)
		log, code := w.gitlab(commitPipeline, "plan")
		if code != 0 || len(m.notes) != before || (m.requests > 0) != (token != "") {
			t.Errorf("with the token %q it ended with %d, %d requests and %d more notes\n%s", token, code, m.requests, len(m.notes)-before, log)
		}
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
