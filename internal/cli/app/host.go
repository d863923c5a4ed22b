package app

import (
	"cmp"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"

	"github.com/tmsync/tmsync/internal/render/report"
)

// host returns where the repository's host shows the files of the run. It is nil where
// that is not known.
func (a runner) host(kind ciKind) *report.Host {
	var files, commit, top string
	switch kind {
	case ciGitHub:
		files = a.Environ["GITHUB_SERVER_URL"] + "/" + a.Environ["GITHUB_REPOSITORY"] + "/blob/"
		commit, top = a.gitHubCommit(), a.Environ["GITHUB_WORKSPACE"]
	case ciGitLab:
		files = a.Environ["CI_PROJECT_URL"] + "/-/blob/"
		// The first is set where the second is that of a merge nobody has made yet.
		commit, top = cmp.Or(a.Environ["CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"], a.Environ["CI_COMMIT_SHA"]), a.Environ["CI_PROJECT_DIR"]
	case ciNone:
		return nil
	}
	if !commitHash.MatchString(commit) {
		return nil
	}
	return report.NewHost(files+commit, func(file string) (string, bool) { return inCheckout(top, a.absolute(file)) })
}

var commitHash = regexp.MustCompile(`^(?:[0-9a-f]{40}|[0-9a-f]{64})$`)

// mergeRef is the ref of a merge that GitHub makes of a pull request.
var mergeRef = regexp.MustCompile(`^refs/pull/[0-9]+/merge$`)

// mostEvent bounds what is read of an event. GitHub makes none larger than 25 MB.
const mostEvent = 32 << 20

// gitHubCommit returns the commit that people see of what is checked out. Of a pull
// request it is its own last one, as the merge is gone with the next push.
func (a runner) gitHubCommit() string {
	commit := a.Environ["GITHUB_SHA"]
	if !mergeRef.MatchString(a.Environ["GITHUB_REF"]) {
		return commit
	}
	path := a.Environ["GITHUB_EVENT_PATH"]
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return commit
	}
	f, err := os.Open(path)
	if err != nil {
		return commit
	}
	defer f.Close()
	var event struct {
		PullRequest struct {
			Head struct {
				SHA string `json:"sha"`
			} `json:"head"`
		} `json:"pull_request"`
	}
	if json.NewDecoder(io.LimitReader(f, mostEvent)).Decode(&event) != nil {
		return commit
	}
	return cmp.Or(event.PullRequest.Head.SHA, commit)
}

// inCheckout returns a file's name relative to the top of a checkout. It reports
// whether it is in there: as a file, and not in a repository of its own below the top.
func inCheckout(top, file string) (string, bool) {
	if top == "" {
		return "", false
	}
	top, err := filepath.EvalSymlinks(top)
	if err != nil {
		return "", false
	}
	if file, err = filepath.EvalSymlinks(file); err != nil {
		return "", false
	}
	rel, err := filepath.Rel(top, file)
	if err != nil || !filepath.IsLocal(rel) {
		return "", false
	}
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return "", false
	}
	for dir := filepath.Dir(rel); dir != "."; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(top, dir, ".git")); err == nil {
			return "", false
		}
	}
	return filepath.ToSlash(rel), true
}
