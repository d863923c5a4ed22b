package app

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

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

// runner is what a CI system runs tmsync on.
type runner struct{ *App }

// ciAuto is the word of --ci that leaves it to the environment.
const ciAuto = "auto"

// ci returns the CI system that --ci names or, with "auto", the current one.
func (a runner) ci(flag string) ciKind {
	switch {
	case flag != ciAuto:
		return ciKind(flag)
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
	place := func(file string) string { return a.inRepository("GITHUB_WORKSPACE", file) }
	return errors.Join(
		// With --json, stdout is a document; the runner reads both.
		report.Annotations(a.Stderr, r.Diagnostics, place),
		a.appendTo("GITHUB_STEP_SUMMARY", func(out io.Writer) error { return report.Markdown(out, r) }),
		a.appendTo("GITHUB_OUTPUT", func(out io.Writer) error { return report.WorkflowOutputs(out, r) }),
	)
}

func (a runner) tellGitLab(r *report.Run) error {
	place := func(file string) string { return a.inRepository("CI_PROJECT_DIR", file) }
	quality, env := a.gitLabFiles()
	return errors.Join(
		a.writeForGitLab(quality, func(out io.Writer) error { return report.CodeQuality(out, r.Diagnostics, place) }),
		a.writeForGitLab(env, func(out io.Writer) error { return report.Dotenv(out, r) }),
	)
}

// gitLabFiles returns the paths of GitLab's files.
func (a runner) gitLabFiles() (report, env string) {
	report = cmp.Or(a.Environ["TMSYNC_CODE_QUALITY"], "gl-code-quality-report.json")
	if !filepath.IsAbs(report) {
		report = filepath.Join(a.Env.Dir, report)
	}
	return report, filepath.Join(a.Env.Dir, "tmsync.env")
}

// inRepository returns a file's name relative to the checkout that a variable
// names. A file elsewhere keeps its name.
func (a runner) inRepository(variable, file string) string {
	top, path := a.Environ[variable], file
	if !filepath.IsAbs(path) {
		path = filepath.Join(a.Env.Dir, path)
	}
	if top == "" {
		return filepath.ToSlash(file)
	}
	rel, err := filepath.Rel(top, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return filepath.ToSlash(file)
	}
	return filepath.ToSlash(rel)
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
