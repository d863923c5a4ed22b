package cli

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/plan"
)

// reportOptions are the flags of the commands that report a plan.
type reportOptions struct {
	json                                 bool
	jsonOut, mdOut, htmlOut, metricsFile string
	summary, full                        bool
	ci                                   string
}

func (o *reportOptions) flags(fs *pflag.FlagSet) {
	fs.BoolVar(&o.summary, "summary", false, "show the counts and the cost only")
	fs.BoolVar(&o.full, "full", false, "show every change, however many there are")
	fs.BoolVar(&o.json, "json", false, "write events as JSON to stdout, and nothing else")
	fs.StringVar(&o.jsonOut, "json-out", "", "write the events to a `FILE` as well")
	fs.StringVar(&o.mdOut, "md-out", "", "write a Markdown report, for a pull request, to a `FILE`")
	fs.StringVar(&o.htmlOut, "html-out", "", "write an HTML report to a `FILE`")
	fs.StringVar(&o.metricsFile, "metrics-file", "", "write metrics in the Prometheus text format to a `FILE`")
	ci := fs.VarPF(choice[string]{&o.ci, []string{"auto", "github", "gitlab", "none"}}, "ci", "",
		"report to the runner as well: github, gitlab, none, or `auto`")
	o.ci, ci.DefValue = "auto", ""
}

// check finds flags that do not go together.
func (o *reportOptions) check() error {
	if o.summary && o.full {
		return errors.New("--summary and --full exclude each other")
	}
	return nil
}

// recorder gathers what one run has to report.
type recorder struct {
	app     *app
	opts    *reportOptions
	run     render.Run
	stream  *render.Stream // of --json and --json-out, or nil
	jsonOut *lateFile      // of --json-out, or nil
}

// recorded runs a command and writes its reports. With --json nothing else is
// written to stdout.
func (a *app) recorded(command string, o *reportOptions, vars []config.VarFlag, do func() error) error {
	if err := o.check(); err != nil {
		return fail("Flags that do not go together", sentence(err))
	}
	if err := a.checkReports(o, vars); err != nil {
		return fail("A file cannot be written", sentence(err))
	}
	r := &recorder{app: a, opts: o, run: render.Run{Command: command, Name: a.name(), Version: a.Version, Started: a.Now()}}
	r.openStream()
	a.rec = r
	code := a.ended(do())
	r.run.ExitCode, r.run.Seconds = int(code), a.Now().Sub(r.run.Started).Seconds()
	if err := r.write(); err != nil {
		a.rec = nil
		a.ended(fail("A report could not be written", sentence(err)))
	}
	if r.run.ExitCode != 0 {
		return exit(r.run.ExitCode)
	}
	return nil
}

// name tells this configuration from others.
func (a *app) name() string {
	if a.display != "" {
		return a.display
	}
	return filepath.Base(a.dir)
}

// openStream begins the events. What would be text goes nowhere with --json.
func (r *recorder) openStream() {
	var outs []io.Writer
	if r.opts.json {
		outs = append(outs, r.app.Stdout)
		r.app.Stdout, r.app.StdoutWidth = io.Discard, 0
	}
	if r.opts.jsonOut != "" {
		r.jsonOut = &lateFile{open: func() (io.WriteCloser, error) { return r.app.beginOut(r.opts.jsonOut) }}
		outs = append(outs, r.jsonOut)
	}
	if len(outs) > 0 {
		r.stream = render.NewStream(io.MultiWriter(outs...), r.app.Now, r.app.Version)
	}
}

// start begins the file of --json-out.
func (r *recorder) start() error {
	if r == nil || r.jsonOut == nil {
		return nil
	}
	err := r.jsonOut.start()
	if err != nil {
		err = fmt.Errorf("%s: %w", r.opts.jsonOut, withoutPath(err))
		r.jsonOut = nil // it was told
	}
	return err
}

// lateFile keeps what is written to it until it is known that the file may be
// written.
type lateFile struct {
	open func() (io.WriteCloser, error)
	kept bytes.Buffer
	file io.WriteCloser // nil before start
}

// Write implements io.Writer.
func (l *lateFile) Write(p []byte) (int, error) {
	if l.file == nil {
		return l.kept.Write(p)
	}
	return l.file.Write(p)
}

// Close writes what has been kept, and closes the file.
func (l *lateFile) Close() error {
	if err := l.start(); err != nil {
		return err
	}
	return l.file.Close()
}

func (l *lateFile) start() (err error) {
	if l.file != nil {
		return nil
	}
	if l.file, err = l.open(); err != nil {
		l.file = nil
		return err
	}
	_, err = l.kept.WriteTo(l.file)
	return err
}

// checkReports looks at the files that a command with reports is to write, and
// those of the runner of a CI system, which are where tmsync was called.
func (a *app) checkReports(o *reportOptions, vars []config.VarFlag) error {
	for _, v := range vars {
		a.reads("the file of --var-file", v.File)
	}
	a.writes("--json-out", o.jsonOut)
	a.writes("--md-out", o.mdOut)
	a.writes("--html-out", o.htmlOut)
	a.writes("--metrics-file", o.metricsFile)
	if a.ci(o.ci) == ciGitLab {
		report, env := a.gitLabFiles()
		a.writes("the report of code quality", report)
		a.writes("the report for later jobs", env)
	}
	for _, w := range a.files.writes {
		if o.json && a.stream(w.path) == a.Stdout {
			return fmt.Errorf("%s names the standard output, where --json writes events and nothing else", w.by)
		}
	}
	return a.checkFiles()
}

// diagnostics takes diagnostics over. It says whether they are text as well.
func (r *recorder) diagnostics(diags hcl.Diagnostics, files map[string]*hcl.File) (text bool) {
	if r == nil {
		return true
	}
	r.stream.Diagnostics(diags, files)
	for _, d := range diags {
		r.run.Diagnostics = append(r.run.Diagnostics, render.NewDiagnosticDocument(d, files))
	}
	return !r.opts.json
}

// plan takes a plan over.
func (r *recorder) plan(p *plan.Plan, cost plan.Cost) {
	if r == nil {
		return
	}
	r.run.Plan, r.run.Cost = p, cost
	if r.run.Command != "drift" {
		r.stream.Plan("plan", p, cost)
	}
}

// report takes the results of an apply over.
func (r *recorder) report(rep *apply.Report) {
	if r == nil {
		return
	}
	r.run.Report = rep
	r.stream.Report(r.run.Command, rep, r.run.Cost)
}

// silent says whether nothing but events is to be written.
func (r *recorder) silent() bool { return r != nil && r.opts.json }

// events gives the stream, nil if there is none.
func (r *recorder) events() *render.Stream {
	if r == nil {
		return nil
	}
	return r.stream
}

// write writes the reports, each of them whole. That one cannot be written is an
// error of the run, which those that come after it tell.
func (r *recorder) write() error {
	if r.app.files.clash {
		r.remember()
		return r.stream.Err()
	}
	var errs []error
	check := func(what string, err error) {
		if err == nil {
			return
		}
		errs = append(errs, fmt.Errorf("%s: %w", what, withoutPath(err)))
		if code := ExitCode(r.run.ExitCode); code == OK || code == Changes {
			r.run.ExitCode = int(Failure)
		}
	}
	check("the events", r.stream.Err())
	if r.jsonOut != nil {
		check(r.opts.jsonOut, r.jsonOut.Close())
	}
	for _, f := range []struct {
		path  string
		write func(io.Writer, *render.Run) error
	}{
		{r.opts.mdOut, render.MarkdownReport}, {r.opts.htmlOut, render.HTMLReport}, {r.opts.metricsFile, render.Metrics},
	} {
		if f.path != "" {
			check(f.path, r.app.writeOut(f.path, 0o600, func(out io.Writer) error { return f.write(out, &r.run) }))
		}
	}
	check("what the runner is to be told", r.app.tellRunner(r.app.ci(r.opts.ci), &r.run))
	r.remember()
	return errors.Join(errs...)
}

// The log of runs, a line each. When it has grown to maxRuns bytes, the older half
// goes.
const (
	runsFile = "runs.jsonl"
	maxRuns  = 1 << 20
)

// remember adds a line to the log of runs. It is there to be looked at: that it
// cannot be written is no reason to fail.
func (r *recorder) remember() {
	path := filepath.Join(r.app.dir, ".tmsync", runsFile)
	if r.run.State != "" && r.app.makeDirectory() != nil {
		return
	}
	line, err := render.JSON(render.NewRunRecord(&r.run))
	if err != nil {
		return
	}
	if info, err := os.Lstat(path); r.app.ownPath(path) != nil || err == nil && (!info.Mode().IsRegular() || info.Size() > maxRuns && halve(path, info.Size()) != nil) {
		return
	}
	_ = appendFile(path, func(out io.Writer) error {
		_, err := out.Write(append(line, '\n'))
		return err
	})
}

// halve drops the first half of a file's lines.
func halve(path string, size int64) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if _, err := f.Seek(size/2, io.SeekStart); err != nil {
		return err
	}
	rest := bufio.NewReader(f)
	if _, err := rest.ReadString('\n'); err != nil {
		return err
	}
	return replaceFile(path, 0o600, func(out io.Writer) error {
		_, err := io.Copy(out, rest)
		return err
	})
}

// state notes which state the run is about.
func (r *recorder) state(name string) {
	if r != nil {
		r.run.State = name
	}
}

// took notes what was sent, and how long the answers took, by endpoint.
func (r *recorder) took(t engine.Traffic) {
	if r == nil {
		return
	}
	r.run.Requests, r.run.Throttled, r.run.Waited = t.Requests, t.Throttled, map[string]float64{}
	for call, d := range t.Waited {
		r.run.Waited[call] = d.Seconds()
	}
}
