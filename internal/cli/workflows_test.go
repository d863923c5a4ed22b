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
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

// actionsFile is a workflow of GitHub Actions, as far as the tests look at it.
type actionsFile struct {
	Permissions *map[string]string   `json:"permissions"`
	Concurrency map[string]any       `json:"concurrency"`
	Defaults    map[string]any       `json:"defaults"`
	Jobs        map[string]actionJob `json:"jobs"`
}

type actionJob struct {
	Permissions map[string]string `json:"permissions"`
	Timeout     int               `json:"timeout-minutes"`
	Steps       []actionStep      `json:"steps"`
}

type actionStep struct {
	Name, ID, If, Uses, Run string
	Env                     map[string]string
	With                    map[string]any
}

// Every workflow, of the examples and of the project, has no more rights than it
// says, uses what no tag can change, ends some time, runs its scripts with
// pipefail, and puts no text from elsewhere into a script.
func TestWorkflowsAreCareful(t *testing.T) {
	paths, err := filepath.Glob(example("github-actions", "*.yml"))
	must(t, err)
	own, err := filepath.Glob(filepath.Join("..", "..", ".github", "workflows", "*.yml"))
	must(t, err)
	if len(paths) < 3 || len(own) < 2 {
		t.Fatalf("there are only %q and %q", paths, own)
	}
	pinned := regexp.MustCompile(`(?m)^ +(?:- )?uses: [\w./-]+@[0-9a-f]{40} # v[0-9]+\.[0-9]+\.[0-9]+$`)
	for _, path := range append(paths, own...) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			var f actionsFile
			readYAML(t, path, &f)
			src, err := os.ReadFile(path)
			must(t, err)
			if f.Permissions == nil || len(*f.Permissions) > 0 {
				t.Error("by default it should have no rights: permissions: {}")
			}
			if f.Concurrency["group"] == nil {
				t.Error("it has no concurrency group")
			}
			uses := 0
			if unsafe := regexp.MustCompile(`(?m)^[^#\n]*\b(pull_request_target|workflow_run|issue_comment)\b`).Find(src); unsafe != nil {
				t.Errorf("it has the secrets, and runs what a stranger has written: %s", unsafe)
			}
			if report := regexp.MustCompile(`-(?:out|file)=(?:"\$RUNNER_TEMP/)?`).FindAllString(string(src), -1); slices.ContainsFunc(report, func(s string) bool { return !strings.Contains(s, "RUNNER_TEMP") }) {
				t.Errorf("a report goes into the checkout: %q", report)
			}
			for name, job := range f.Jobs {
				if job.Timeout == 0 || len(job.Permissions) == 0 {
					t.Errorf("job %s has timeout-minutes %d and permissions %v; it needs both", name, job.Timeout, job.Permissions)
				}
				for _, step := range job.Steps {
					if strings.Contains(step.Run, "${{") {
						t.Errorf("%q puts an expression into a script; pass it by env:\n%s", step.Name, step.Run)
					}
					if strings.Contains(step.Run, "|") && f.Defaults == nil {
						t.Errorf("%q has a pipe, and no pipefail", step.Name)
					}
					if step.Uses != "" {
						uses++
					}
				}
			}
			if n := len(pinned.FindAll(src, -1)); n != uses {
				t.Errorf("%d of %d actions are pinned by their commit, with the version behind it", n, uses)
			}
		})
	}
}

// workflow runs the steps of a workflow's only job as GitHub's runner does, but
// for those that bring tmsync and the checkout. It gives the log and the exit
// code of the step that failed first.
func (w *workshop) workflow(name string) (log string, failed int) {
	w.t.Helper()
	var f actionsFile
	readYAML(w.t, example("github-actions", name), &f)
	if len(f.Jobs) != 1 {
		w.t.Fatalf("%s has %d jobs, want 1", name, len(f.Jobs))
	}
	w.environ["GITHUB_STEP_SUMMARY"] = filepath.Join(w.temp, "summary.md")
	ran := 0
	outputs, later := map[string]string{}, map[string]string{}
	temp, err := os.MkdirTemp(w.temp, "runner") // each job has a new one
	must(w.t, err)
	for _, job := range f.Jobs {
		for _, step := range job.Steps {
			always := strings.Contains(step.If, "always()") || strings.Contains(step.If, "!cancelled()")
			if step.Uses != "" || strings.HasPrefix(step.Run, "go install ") || failed != 0 && !always {
				continue
			}
			if step.If != "" && !always {
				w.t.Fatalf("%s: what does %q mean?", step.Name, step.If)
			}
			env := map[string]string{
				"GITHUB_ACTIONS": "true", "CI": "true", "GITHUB_REPOSITORY": "example/shop", "GITHUB_SHA": "c0ffee", "GITHUB_WORKSPACE": w.checkout,
				"RUNNER_TEMP": temp, "GITHUB_OUTPUT": filepath.Join(w.temp, "output"), "GITHUB_ENV": filepath.Join(temp, "env"),
			}
			maps.Copy(env, later)
			for name, value := range step.Env {
				env[name] = w.expand(value, outputs)
			}
			out, code := w.run(env, "bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", step.Run)
			log += fmt.Sprintf("== %s: %d\n%s", step.Name, code, out)
			if failed == 0 {
				failed = code
			}
			w.takeOutputs(step.ID, outputs)
			for line := range strings.Lines(w.read(filepath.Join(temp, "env"))) {
				name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
				later[name] = value
			}
			ran++
		}
	}
	if ran < 2 {
		w.t.Fatalf("%s has only %d steps of its own", name, ran)
	}
	return log, failed
}

// expand replaces the expressions in a value of env.
func (w *workshop) expand(value string, outputs map[string]string) string {
	return regexp.MustCompile(`\$\{\{ (.*?) \}\}`).ReplaceAllStringFunc(value, func(s string) string {
		expr := strings.TrimSuffix(strings.TrimPrefix(s, "${{ "), " }}")
		switch {
		case expr == "github.token", strings.HasPrefix(expr, "secrets."):
			return "token"
		case expr == "github.event.pull_request.number":
			return "7"
		case strings.HasPrefix(expr, "vars."):
			return "arn:aws:iam::1:role/" + strings.TrimPrefix(expr, "vars.")
		case strings.HasPrefix(expr, "steps."):
			out, ok := outputs[expr]
			if !ok {
				w.t.Errorf("%s was never set", expr)
			}
			return out
		}
		w.t.Errorf("what does %q mean?", expr)
		return ""
	})
}

// takeOutputs reads what a step has written for the steps after it.
func (w *workshop) takeOutputs(id string, outputs map[string]string) {
	path := filepath.Join(w.temp, "output")
	for _, m := range regexp.MustCompile(`(?m)^(\w+)<<(end-\w+)\n(.*)\nend-\w+$`).FindAllStringSubmatch(w.read(path), -1) {
		outputs["steps."+id+".outputs."+m[1]] = m[3]
	}
	must(w.t, os.RemoveAll(path))
}

// post is a comment or an issue that the fake gh has.
type post struct {
	ID, Number         int
	Title, Body, State string
}

// posts returns all comments, or all issues.
func (w *workshop) posts(kind string) []post {
	w.t.Helper()
	var all []post
	must(w.t, json.Unmarshal([]byte(w.read(filepath.Join(w.temp, kind+".json"))), &all))
	return all
}

// fakeGH is gh as far as the workflows use it: lists of comments and issues, in
// files. Each list begins with something of somebody else that looks like ours.
const fakeGH = `#!/usr/bin/env bash
set -euo pipefail
[ "$1" = api ] && [ -n "$GH_TOKEN" ] || exit 9
shift
method=GET path= fields='{}'
while [ $# -gt 0 ]; do
  case $1 in
  --paginate|--silent) ;;
  --method) method=$2; shift ;;
  --field)
    name=${2%%=*} value=${2#*=}
    case $value in
    @*) fields=$(jq --arg n "$name" --rawfile v "${value#@}" '.[$n] = $v' <<<"$fields") ;;
    *) fields=$(jq --arg n "$name" --arg v "$value" '.[$n] = $v' <<<"$fields") ;;
    esac
    shift ;;
  *) path=${1%%\?*} ;;
  esac
  shift
done
case $path in
repos/example/shop/issues/comments/*|repos/example/shop/issues/7/comments) list=$HOME/comments.json ;;
repos/example/shop/issues|repos/example/shop/issues/[0-9]*) list=$HOME/issues.json ;;
*) echo "no $path" >&2; exit 1 ;;
esac
[ -f "$list" ] || echo '[{"id": 1, "number": 1, "user": {"login": "somebody"}, "body": "<!-- tmsync:shop:. -->\nme too", "state": "open"},
  {"id": 2, "number": 2, "user": {"login": "github-actions[bot]"}, "body": null, "state": "open"}]' >"$list"
case $method in
GET) jq '[.[] | select(.state == "open")]' "$list" ;;
POST) jq --argjson f "$fields" '. + [{id: (length + 1), number: (length + 1), user: {login: "github-actions[bot]"}, state: "open"} + $f]' "$list" >"$list.new" && mv "$list.new" "$list" ;;
PATCH) jq --argjson f "$fields" --argjson id "${path##*/}" 'map(if .id == $id then . + $f else . end)' "$list" >"$list.new" && mv "$list.new" "$list" ;;
esac
`

// bucket gives the repository a bucket for its state, and what it takes to get there:
// GitHub's word for the job, and a role's credentials for that.
func (w *workshop) bucket() {
	w.t.Helper()
	if _, err := exec.LookPath("curl"); err != nil {
		w.t.Skip("the steps need curl, as the runners have it")
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/token", func(rw http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "bearer of-the-job" || r.FormValue("audience") != "sts.amazonaws.com" {
			rw.WriteHeader(http.StatusForbidden)
			return
		}
		fmt.Fprint(rw, `{"value": "word-of-github"}`)
	})
	mux.HandleFunc("/sts/", func(rw http.ResponseWriter, r *http.Request) {
		if r.FormValue("Action") != "AssumeRoleWithWebIdentity" || r.FormValue("WebIdentityToken") != "word-of-github" {
			rw.WriteHeader(http.StatusForbidden)
			return
		}
		role := r.FormValue("RoleArn")
		fmt.Fprintf(rw, `<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>%s</AccessKeyId><SecretAccessKey>s</SecretAccessKey>`+
			`<SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`, role[strings.LastIndex(role, "/")+1:])
	})
	store := storetest.S3(w.t, "acme-tmsync")
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		mayWrite := strings.Contains(r.Header.Get("Authorization"), "Credential=TMSYNC_APPLY_ROLE/")
		if !mayWrite && (r.Method != http.MethodGet && r.Method != http.MethodHead || !strings.Contains(r.Header.Get("Authorization"), "Credential=TMSYNC_PLAN_ROLE/")) {
			rw.WriteHeader(http.StatusForbidden)
			fmt.Fprint(rw, "<Error><Code>AccessDenied</Code></Error>")
			return
		}
		store.ServeHTTP(rw, r)
	})
	web := httptest.NewServer(mux)
	w.t.Cleanup(web.Close)
	w.environ["ACTIONS_ID_TOKEN_REQUEST_URL"], w.environ["ACTIONS_ID_TOKEN_REQUEST_TOKEN"] = web.URL+"/token?api-version=2", "of-the-job"
	w.environ["AWS_ENDPOINT_URL_S3"], w.environ["AWS_ENDPOINT_URL_STS"] = web.URL, web.URL+"/sts/"
	w.write("state.hcl", w.read(example("github-actions", "state.hcl")))
}

// What is merged is applied, from a state in a bucket, which the roles of the jobs
// open. Nothing is committed.
func TestApplyWorkflow(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.bucket()
	bare := w.share()
	log, code := w.workflow("apply.yml")
	if n := len(w.Rows()); code != 0 || n != 2 || !strings.Contains(log, "State: s3://acme-tmsync/parcels") {
		t.Fatalf("ended with %d and %d trackings\n%s", code, n, log)
	}
	if _, err := os.Stat(filepath.Join(w.dir, "tmsync.state.jsonl")); err == nil {
		t.Error("there is a state in the checkout")
	}
	w.edit("A lamp", "Two lamps")
	fault, err := sandbox.ParseFault("put:item=sto/402934299065=4015")
	must(t, err)
	w.AddFault(fault)
	if log, code = w.workflow("apply.yml"); code == 0 {
		t.Errorf("ended with %d\n%s", code, log)
	}
	w.ClearFaults()
	if log, code = w.workflow("apply.yml"); code != 0 || !strings.Contains(log, "1 updated") {
		t.Errorf("ended with %d\n%s", code, log)
	}
	if log, code = w.workflow("plan.yml"); code != 0 || !strings.Contains(log, "No changes.") {
		t.Errorf("in the end plan ended with %d\n%s", code, log)
	}
	if n := w.git("--git-dir", bare, "rev-list", "--count", "main"); strings.TrimSpace(n) != "1" {
		t.Errorf("there are %s commits", n)
	}
}

// The comment on a pull request is written once, and from then on changed. A
// plan that fails is told there, too.
func TestPlanWorkflow(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.bucket()
	log, code := w.workflow("plan.yml")
	if all := w.posts("comments"); code != 0 || len(all) != 3 || !strings.Contains(all[2].Body, "2 to create") {
		t.Fatalf("ended with %d, comments %+v\n%s", code, all, log)
	}
	if n := len(w.Rows()); n != 0 {
		t.Errorf("a plan has made %d trackings", n)
	}
	w.edit("A lamp", "Two lamps")
	w.edit(`"9400110898825022579493"`, `"9400110898825022579493"`+"\n  comment         = \"@somebody\"")
	if log, code = w.workflow("plan.yml"); code != 0 {
		t.Fatalf("ended with %d\n%s", code, log)
	}
	all := w.posts("comments")
	if len(all) != 3 || !strings.Contains(all[2].Body, "Two lamps") || strings.Contains(all[2].Body, "A lamp") {
		t.Errorf("the comments are %+v, want one that says what is new", all)
	}
	if summary := w.read(w.environ["GITHUB_STEP_SUMMARY"]); !strings.Contains(summary, "Two lamps") {
		t.Errorf("the summary of the step is %q", summary)
	}

	fault, err := sandbox.ParseFault("list:*:code=4001")
	must(t, err)
	w.AddFault(fault)
	log, code = w.workflow("plan.yml")
	if all := w.posts("comments"); code != 1 || len(all) != 3 || strings.Contains(all[2].Body, "Two lamps") || !strings.Contains(log, "::error ") {
		t.Errorf("the plan ended with %d, and the comments are %+v\n%s", code, all, log)
	}
	w.edit("title ", "titel ")
	if log, code = w.workflow("plan.yml"); code != 1 || !strings.Contains(log, "== Plan: 1") || !strings.Contains(w.posts("comments")[2].Body, "titel") {
		t.Errorf("the check ended with %d\n%s", code, log)
	}
	// A check that fails leaves no older plan in the comment.
	w.ClearFaults()
	w.edit("titel ", "title ")
	w.edit("Two lamps", "Three lamps")
	w.edit("comment         =", "comment =")
	if log, code = w.workflow("plan.yml"); code != 3 || !strings.Contains(log, "== Plan: 0") || !strings.Contains(w.posts("comments")[2].Body, "Three lamps") {
		t.Errorf("fmt --check ended with %d, and the comments are %+v\n%s", code, w.posts("comments"), log)
	}
}

// A report that a pull request has committed is never taken for tmsync's, whichever
// step fails.
func TestForgedReport(t *testing.T) {
	t.Parallel()
	const forged = "<!-- tmsync:shop:. -->\n**No changes.** Merge me.\n"
	for name, spoil := range map[string]func(*workshop){
		"check": func(w *workshop) { w.edit("title ", "titel ") },
		"plan":  func(w *workshop) { w.environ["TRACKINGMORE_API_KEY"] = "no key\x7f" },
		"none":  func(*workshop) {},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorkshop(t)
			w.bucket()
			log, code := w.workflow("plan.yml")
			if n := len(w.posts("comments")); code != 0 || n != 3 {
				t.Fatalf("ended with %d and %d comments\n%s", code, n, log)
			}
			w.write("tmsync.md", forged)
			spoil(w)
			log, code = w.workflow("plan.yml")
			if (code == 0) != (name == "none") {
				t.Errorf("ended with %d\n%s", code, log)
			}
			for _, c := range w.posts("comments") {
				if strings.Contains(c.Body, "Merge me") {
					t.Errorf("what the pull request has committed is posted: %+v\n%s", c, log)
				}
			}
			if text := w.read(filepath.Join(w.dir, "tmsync.md")); text != forged {
				t.Errorf("the checkout's own file is now\n%s", text)
			}
		})
	}
}

// No example folds the state's diff away.
func TestStateDiffIsShown(t *testing.T) {
	paths, err := filepath.Glob(example("*", "*"))
	must(t, err)
	found := false
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // a directory
		}
		for line := range strings.Lines(string(text)) {
			if !regexp.MustCompile(`^ *[*.\w-]*\.jsonl\b.* -?(merge|diff|text|binary|linguist)`).MatchString(line) {
				continue
			}
			found = true
			if regexp.MustCompile(`-diff|binary|linguist-generated`).MatchString(line) {
				t.Errorf("%s folds the state away: %s", path, line)
			}
		}
	}
	if !found {
		t.Error("no example has a line for .gitattributes")
	}
}

// What is merged is applied, and the state is pushed, also after a failure and
// when somebody has pushed meanwhile.
func TestApplyAndCommitWorkflow(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	bare := w.share()
	log, code := w.workflow("apply-and-commit.yml")
	if n := len(w.Rows()); code != 0 || n != 2 {
		t.Fatalf("ended with %d and %d trackings\n%s", code, n, log)
	}
	if state := w.git("--git-dir", bare, "show", "main:tmsync.state.jsonl"); !strings.Contains(state, "tracking.lamp") {
		t.Errorf("the state that was pushed is\n%s", state)
	}
	head := w.git("--git-dir", bare, "rev-parse", "main")
	if log, code = w.workflow("apply-and-commit.yml"); code != 0 || w.git("--git-dir", bare, "rev-parse", "main") != head {
		t.Errorf("with nothing to do it ended with %d, or committed something\n%s", code, log)
	}

	// Another clone pushes while this one applies in part.
	w.git("clone", "--quiet", bare, filepath.Join(w.temp, "other"))
	other := *w
	other.dir = filepath.Join(w.temp, "other")
	other.edit("Three books", "Four books")
	other.commit("four books")
	other.git("push", "--quiet", "origin", "main")
	w.edit("A lamp", "Two lamps")
	w.edit(`tracking "books"`, oneMore)
	w.commit("two lamps")
	fault, err := sandbox.ParseFault("put:item=sto/402934299065=4015")
	must(t, err)
	w.AddFault(fault)
	log, code = w.workflow("apply-and-commit.yml")
	if code == 0 || !strings.Contains(log, "== Commit the state: 0") {
		t.Errorf("ended with %d\n%s", code, log)
	}
	if state := w.git("--git-dir", bare, "show", "main:tmsync.state.jsonl"); !strings.Contains(state, "tracking.shoes") {
		t.Errorf("what was done is not in the state:\n%s", state)
	}
	if files := w.git("--git-dir", bare, "show", "main:main.hcl"); !strings.Contains(files, "Four books") || !strings.Contains(files, "Two lamps") {
		t.Errorf("a commit is lost:\n%s", files)
	}
}

// Drift opens one issue, which is changed while there is drift, and closed
// afterwards.
func TestDriftWorkflow(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.bucket()
	if out, code := w.workflow("apply.yml"); code != 0 {
		t.Fatal(out)
	}
	night := func(want int, state string) post {
		t.Helper()
		log, code := w.workflow("drift.yml")
		all := w.posts("issues")
		if code != 0 || len(all) != want {
			t.Fatalf("ended with %d and %d issues, want %d\n%s", code, len(all), want, log)
		}
		if last := all[want-1]; last.State != state {
			t.Errorf("the issue is %s, want %s", last.State, state)
		}
		return all[want-1]
	}
	night(2, "open") // none of ours
	by := func(title string) {
		t.Helper()
		row, ok := w.Row(sandbox.Key{Carrier: "sto", Number: "402934299065"})
		if !ok {
			t.Fatal("the lamp is gone")
		}
		row.Title = title
		must(t, w.Put(row))
	}
	by("By hand")
	if issue := night(3, "open"); !strings.Contains(issue.Body, "By hand") || issue.Title == "" {
		t.Errorf("the issue is %+v", issue)
	}
	by("By other hands")
	if issue := night(3, "open"); !strings.Contains(issue.Body, "By other hands") {
		t.Errorf("the issue still is %+v", issue)
	}
	by("A lamp")
	night(3, "closed")
	by("By hand")
	night(4, "open")
}

// Two configurations of a repository have a comment each, though one takes the name
// that the other one has.
func TestPlanWorkflowOfTwo(t *testing.T) {
	t.Parallel()
	w := newWorkshop(t)
	w.bucket()
	w.write("state.hcl", strings.Replace(w.read(filepath.Join(w.dir, "state.hcl")), "tmsync {\n", "tmsync {\n  name = \"lamps\"\n\n", 1))
	other := *w
	other.dir = filepath.Join(w.dir, "books")
	must(t, os.Mkdir(other.dir, 0o700))
	for _, name := range []string{"main.hcl", "state.hcl"} {
		other.write(name, strings.ReplaceAll(w.read(filepath.Join(w.dir, name)), "A lamp", "A book"))
	}
	for range 2 {
		for _, w := range []*workshop{w, &other} {
			if log, code := w.workflow("plan.yml"); code != 0 {
				t.Fatalf("ended with %d\n%s", code, log)
			}
		}
		all := w.posts("comments")
		if len(all) != 4 || !strings.Contains(all[2].Body, "A lamp") || !strings.Contains(all[3].Body, "A book") {
			t.Errorf("the comments are %+v, want one of each", all)
		}
	}
}
