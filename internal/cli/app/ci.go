package app

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/render/report"
	"github.com/tmsync/tmsync/internal/text"
)

// ciKind is the CI system that a run reports to.
type ciKind string

const (
	ciNone   ciKind = "none"
	ciGitHub ciKind = "github"
	ciGitLab ciKind = "gitlab"
)

// checkout returns the variable that names the top of the repository.
func (k ciKind) checkout() string {
	switch k {
	case ciGitHub:
		return "GITHUB_WORKSPACE"
	case ciGitLab:
		return "CI_PROJECT_DIR"
	default:
		return ""
	}
}

// runner is what a CI system runs tmsync on.
type runner struct{ *App }

// ciAuto is the word of --ci that leaves it to the environment.
const ciAuto ciKind = "auto"

// CIFlag is the flag --ci: which CI system a run reports to.
type CIFlag struct{ kind ciKind }

// Flag declares it.
func (f *CIFlag) Flag(fs *pflag.FlagSet) {
	flag := fs.VarPF(OneOf(&f.kind, ciAuto, ciGitHub, ciGitLab, ciNone), "ci", "",
		"report to the runner as well: github, gitlab, none, or `auto`")
	f.kind, flag.DefValue = ciAuto, ""
}

// ci returns the CI system that --ci names or, with "auto", the current one.
func (a runner) ci(flag ciKind) ciKind {
	switch {
	case flag != ciAuto:
		return flag
	case a.Environ["GITHUB_ACTIONS"] == "true":
		return ciGitHub
	case a.Environ["GITLAB_CI"] == "true":
		return ciGitLab
	}
	return ciNone
}

// inCI reports whether this runs in a CI system, with --ci or without.
func (a runner) inCI() bool {
	if on, err := strconv.ParseBool(a.Environ["CI"]); err == nil {
		return on
	}
	// Most set CI. Of those that do not: Azure Pipelines, Jenkins, TeamCity, CodeBuild.
	for _, name := range []string{"CI", "GITHUB_ACTIONS", "GITLAB_CI", "TF_BUILD", "JENKINS_URL", "TEAMCITY_VERSION", "CODEBUILD_BUILD_ID"} {
		if a.Environ[name] != "" {
			return true
		}
	}
	return false
}

// tellRunner reports to the CI system how a run ended.
//
//	GitHub   stderr: diagnostics at their places
//	         GITHUB_STEP_SUMMARY: the report
//	         GITHUB_OUTPUT: numbers for later steps
//	GitLab   TMSYNC_CODE_QUALITY, or gl-code-quality-report.json: diagnostics
//	         tmsync.env: numbers for later jobs
//
// GitLab's files are where tmsync was called, which is where its jobs start and
// what their paths are relative to.
func (a runner) tellRunner(kind ciKind, r *report.Run) error {
	switch kind {
	case ciGitHub:
		return a.tellGitHub(r)
	case ciGitLab:
		return a.tellGitLab(r)
	case ciNone:
		return nil
	default:
		panic("unknown CI system " + string(kind))
	}
}

func (a runner) tellGitHub(r *report.Run) error {
	return errors.Join(
		a.annotate(ciGitHub, r.Diagnostics),
		a.appendTo("GITHUB_STEP_SUMMARY", func(out io.Writer) error { return report.Markdown(out, r) }),
		a.appendTo("GITHUB_OUTPUT", func(out io.Writer) error { return report.WorkflowOutputs(out, r) }),
	)
}

func (a runner) tellGitLab(r *report.Run) error {
	_, env := a.gitLabFiles()
	return errors.Join(
		a.annotate(ciGitLab, r.Diagnostics),
		a.writeForGitLab(env, func(out io.Writer) error { return report.Dotenv(out, r) }),
	)
}

// annotate shows errors and warnings at their places in the files.
func (a runner) annotate(kind ciKind, diags []render.DiagnosticDocument) error {
	place := func(file string) string { return a.inRepository(kind.checkout(), file) }
	diags = slices.Clone(diags)
	for i := range diags {
		if at := diags[i].Range; at != nil && at.Filename == StandardInput {
			diags[i].Range = nil
		}
	}
	switch kind {
	case ciGitHub:
		// With --json, stdout is a document; the runner reads both.
		return report.Annotations(Exact(a.Stderr), diags, place)
	case ciGitLab:
		quality, _ := a.gitLabFiles()
		return a.writeForGitLab(quality, func(out io.Writer) error { return report.CodeQuality(out, diags, place) })
	default:
		return nil
	}
}

// writesReports records the files of the CI system that a run writes: the report of
// code quality, and where there is a plan, that for later jobs.
func (a runner) writesReports(kind ciKind, planning bool) {
	if kind != ciGitLab {
		return
	}
	quality, env := a.gitLabFiles()
	a.Writes("the report of code quality", quality)
	if planning {
		a.Writes("the report for later jobs", env)
	}
}

// gitLabFiles returns the paths of GitLab's files.
func (a runner) gitLabFiles() (report, env string) {
	report = cmp.Or(a.Environ["TMSYNC_CODE_QUALITY"], "gl-code-quality-report.json")
	if !filepath.IsAbs(report) {
		report = filepath.Join(a.Env.Dir, report)
	}
	return report, filepath.Join(a.Env.Dir, "tmsync.env")
}

// StandardInput is the name of what stands in no file.
const StandardInput = "<stdin>"

// inRepository returns a file's name relative to the checkout that a variable
// names. A file elsewhere keeps its name.
func (a runner) inRepository(variable, file string) string {
	if rel, ok := a.fromTop(variable, a.absolute(file)); ok {
		return rel
	}
	return filepath.ToSlash(file)
}

// absolute returns the path of a file that is named as the user is told.
func (a runner) absolute(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(a.Env.Dir, file)
}

// fromTop returns an absolute path relative to the checkout that a variable names. ok
// reports whether it is in there.
func (a runner) fromTop(variable, path string) (rel string, ok bool) {
	top := a.Environ[variable]
	if top == "" {
		return "", false
	}
	for _, p := range [][2]string{{top, path}, {resolved(top), resolved(path)}} {
		if rel, err := filepath.Rel(p[0], p[1]); err == nil && filepath.IsLocal(rel) {
			return filepath.ToSlash(rel), true
		}
	}
	return "", false
}

// directory returns where the configuration is in its repository. That tells it from
// all others there. The name is what one without its own is called; "" is that directory.
// Where no repository is known, the directory is that of the command line.
func (a runner) directory(flag ciKind) (name, dir string) {
	kind := a.ci(flag)
	if kind == ciNone {
		kind = a.ci(ciAuto)
	}
	dir, known := a.fromTop(kind.checkout(), a.App.Dir)
	switch {
	case known && dir == ".":
		return filepath.Base(a.App.Dir), dir // the top has the name of the repository
	case known:
		return "", dir
	case a.Display != "":
		return "", a.Display
	}
	return "", filepath.Base(a.App.Dir)
}

// appendTo adds to the file that a variable names, where the runner set one.
func (a runner) appendTo(variable string, write func(io.Writer) error) error {
	path := a.Environ[variable]
	if path == "" {
		return nil
	}
	err := error(nil)
	if stream := a.stream(path); stream != nil {
		err = write(stream)
	} else {
		err = appendFile(path, write)
	}
	if err != nil {
		return fmt.Errorf("writing the file that %s names: %w", variable, WithoutPath(err))
	}
	return nil
}

// writeForGitLab writes a file for GitLab's runner, whole or not at all. What
// collects it may be another user than who runs the job, and it holds nothing of
// customers.
func (a runner) writeForGitLab(path string, write func(io.Writer) error) error {
	if err := a.WriteOut(path, 0o644, write); err != nil {
		return fmt.Errorf("writing %s: %w", text.Inert(a.told(path)), WithoutPath(err))
	}
	return nil
}
