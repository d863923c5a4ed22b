// Package testcmd is "tmsync test": it runs the tests of a configuration offline.
package testcmd

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/config/source"
	"github.com/tmsync/tmsync/config/testfile"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// Command is the command test.
func Command() app.Command {
	return app.Command{
		Name: "test", Summary: "Run the tests of the configuration, offline",
		Examples: `
# all tests/*.test.hcl
tmsync test

# some of them, with their plans, and a report for CI
tmsync test --filter 'orders*' --verbose --junit results.xml`,
		Help: `
Runs tests/*.test.hcl: each file is a sequence of plans and applies against a
service in memory that has what its remote block says, and what is expected of
them. No key and no network are needed; neither the state nor any file of the
directory is touched.

Exit codes: 0; 1 when a test fails, or --filter selects no file.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			t := &tester{app: a}
			fs.StringArrayVar(&t.filters, "filter", nil, "run only the files that match this `NAME`, with * and ? (repeatable)")
			fs.StringVar(&t.junit, "junit", "", "write the results to this `FILE`, as JUnit XML")
			fs.BoolVar(&t.verbose, "verbose", false, "show the plan of each run")
			t.ci.Flag(fs)
			return func(ctx context.Context, _ []string) error {
				return a.Annotated(t.ci, func() error { return t.run(ctx) })
			}
		},
	}
}

// tester runs files of tests.
type tester struct {
	app     *app.App
	filters []string
	junit   string
	verbose bool
	ci      app.CIFlag
	results []fileResult
}

// verdict is how a run ended.
type verdict string

// The verdicts.
const (
	passed  verdict = "pass"
	failed  verdict = "fail"
	skipped verdict = "skip"
)

// fileResult is how the runs of a file ended.
type fileResult struct {
	name    string
	problem string // why nothing could be run, "" if it could
	runs    []runResult
}

// runResult is how a run ended.
type runResult struct {
	name     string
	verdict  verdict
	problems []problem // what was expected, and what was
	plan     string    // as text
	took     time.Duration
	broken   bool // it ended with errors that nobody expected
}

const testDirectory, testSuffix = "tests", ".test.hcl"

func (t *tester) run(ctx context.Context) error {
	a := t.app
	if err := t.checkJUnit(); err != nil {
		return err
	}
	names, err := t.files()
	switch {
	case err != nil:
		return app.Fail("The tests could not be found", text.Sentence(err))
	case len(names) == 0 && len(t.filters) > 0:
		return app.Fail("No tests", fmt.Sprintf("No file %s fits %s.", filepath.Join(testDirectory, "*"+testSuffix), text.Inert(strings.Join(t.filters, ", "))))
	case len(names) == 0:
		fmt.Fprintf(a.Stdout, "There are no tests: no file is named %s.\n", filepath.Join(testDirectory, "*"+testSuffix))
	}
	for _, name := range names {
		t.results = append(t.results, t.file(ctx, name))
	}
	counts := t.counts()
	if len(names) > 0 {
		verb := render.Success(a.OutStyle(), "Success!")
		if counts[failed] > 0 || ctx.Err() != nil {
			verb = render.Bold(a.OutStyle(), "Failure!")
		}
		s := fmt.Sprintf("%d passed, %d failed", counts[passed], counts[failed])
		if counts[skipped] > 0 {
			s += fmt.Sprintf(", %d skipped", counts[skipped])
		}
		fmt.Fprintf(a.Stdout, "\n%s %s.\n", verb, s)
	}
	if t.junit != "" {
		if err := t.writeJUnit(); err != nil {
			return app.Fail("The results could not be written", text.Sentence(err))
		}
	}
	switch {
	case counts[failed] > 0:
		return app.Exit(app.Failure)
	case ctx.Err() != nil:
		return app.Exit(app.Partial)
	}
	return nil
}

// counts counts the runs by verdict. A file of which nothing could be run is a
// failure.
func (t *tester) counts() map[verdict]int {
	counts := map[verdict]int{}
	for _, f := range t.results {
		if f.problem != "" {
			counts[failed]++
		}
		for _, r := range f.runs {
			counts[r.verdict]++
		}
	}
	return counts
}

// files lists the files of tests that the filters select, in name order.
func (t *tester) files() ([]string, error) {
	entries, err := os.ReadDir(t.app.InDir(testDirectory))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names, all []string
	for _, e := range entries {
		name := e.Name()
		all = append(all, filepath.Join(testDirectory, name))
		if strings.HasSuffix(name, testSuffix) && !strings.HasPrefix(name, ".") {
			names = append(names, name)
		}
	}
	if d := testfile.Foreign(all); d != nil {
		t.app.Report(hcl.Diagnostics{d}, nil)
	}
	wants := t.wants(names)
	names = slices.DeleteFunc(names, func(name string) bool { return !wants(name) })
	for i, name := range names {
		names[i] = filepath.Join(testDirectory, name)
	}
	return names, nil
}

// wants reports whether a file is selected: by its path, its name, or the name
// without what all of them end with. A filter that is one of these of a file,
// letter by letter, selects that one alone.
func (t *tester) wants(all []string) func(name string) bool {
	forms := func(name string) []string {
		return []string{name, strings.TrimSuffix(name, testSuffix), testDirectory + "/" + name}
	}
	var known []string
	for _, name := range all {
		known = append(known, forms(name)...)
	}
	var selected []func(string) bool
	for _, f := range t.filters {
		selected = append(selected, tracking.GlobAmong(filepath.ToSlash(f), slices.Values(known)))
	}
	return func(name string) bool {
		return len(selected) == 0 || slices.ContainsFunc(selected, func(matches func(string) bool) bool {
			return slices.ContainsFunc(forms(name), matches)
		})
	}
}

// file runs one file, and reports its progress.
func (t *tester) file(ctx context.Context, name string) fileResult {
	a, shown := t.app, t.app.Shown(name)
	res := fileResult{name: shown}
	fmt.Fprintf(a.Stdout, "%s... in progress\n", text.Inert(shown))
	g, problem := t.prepare(name)
	if g != nil {
		defer g.close()
		for i := range g.file.Runs {
			r := runResult{name: g.file.Runs[i].Name, verdict: skipped}
			if ctx.Err() == nil && !a.Stuck.Load() && (i == 0 || !res.runs[i-1].broken && res.runs[i-1].verdict != skipped) {
				r = g.run(ctx, &g.file.Runs[i])
			}
			res.runs = append(res.runs, r)
			t.tell(&r)
		}
	}
	res.problem = problem
	whole := passed
	if problem != "" || slices.ContainsFunc(res.runs, func(r runResult) bool { return r.verdict != passed }) {
		whole = failed
	}
	fmt.Fprintf(a.Stdout, "%s... %s\n", text.Inert(shown), whole)
	return res
}

// tell writes how a run ended.
func (t *tester) tell(r *runResult) {
	out := t.app.Stdout
	fmt.Fprintf(out, "  run %s... %s\n", text.Quote(r.name), r.verdict)
	for _, p := range r.problems {
		fmt.Fprint(out, indented(p.String(), "      "))
		t.app.Annotate(hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "Test failed", Detail: fmt.Sprintf("run %s: %s", text.Quote(r.name), p.text), Subject: &p.at}}, nil)
	}
	if t.verbose && r.plan != "" {
		fmt.Fprintf(out, "\n%s", indented(r.plan, "    "))
	}
}

// indented moves the lines of a text to the right.
func indented(s, by string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(s, "\n"), "\n") {
		b.WriteString(strings.TrimRight(by+text.InertLines(line), " ") + "\n")
	}
	return b.String()
}

// prepare reads a file of tests and makes the ground for its runs. The problem is
// reported already.
func (t *tester) prepare(name string) (*testGround, string) {
	a := t.app
	src, err := source.ReadIn(a.Dir, name)
	if err != nil {
		a.Ended(app.Fail("The file could not be read", fmt.Sprintf("%s: %s.", text.Inert(a.Shown(name)), err)))
		return nil, "the file could not be read"
	}
	file, diags := testfile.Parse(a.Shown(name), src)
	if len(diags) > 0 {
		a.Report(diags, file.Sources())
	}
	if diags.HasErrors() {
		return nil, "the file is not valid"
	}
	g, diags, err := newTestGround(a, file)
	switch {
	case err != nil:
		a.Ended(app.Fail("The tests could not be set up", text.Sentence(err)))
		return nil, "the tests could not be set up"
	case diags.HasErrors():
		a.Report(diags, file.Sources())
		return nil, "the remote block is not valid"
	}
	return g, ""
}
