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
	var files, commit string
	switch kind {
	case ciGitHub:
		files = a.Environ["GITHUB_SERVER_URL"] + "/" + a.Environ["GITHUB_REPOSITORY"] + "/blob/"
		commit = a.gitHubCommit()
	case ciGitLab:
		files = a.Environ["CI_PROJECT_URL"] + "/-/blob/"
		// The first is set where the second is that of a merge nobody has made yet.
		commit = cmp.Or(a.Environ["CI_MERGE_REQUEST_SOURCE_BRANCH_SHA"], a.Environ["CI_COMMIT_SHA"])
	case ciNone:
		return nil
	}
	if !commitHash.MatchString(commit) {
		return nil
	}
	return report.NewHost(files+commit, func(file string) (string, bool) { return a.inCheckout(kind, file) })
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

// inCheckout returns a file's name relative to the top of the checkout. It reports
// whether it is in there: as a file, and not in a repository of its own below the top.
func (a runner) inCheckout(kind ciKind, file string) (string, bool) {
	path := resolved(a.absolute(file))
	rel, ok := a.fromTop(kind.checkout(), path)
	if info, err := os.Stat(path); !ok || err != nil || !info.Mode().IsRegular() {
		return "", false
	}
	for dir := filepath.Dir(rel); dir != "."; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(a.Environ[kind.checkout()], dir, ".git")); err == nil {
			return "", false
		}
	}
	return rel, true
}
