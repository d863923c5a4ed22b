package app

import (
	"bufio"
	"bytes"
	"cmp"
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
	"github.com/tmsync/tmsync/internal/render/report"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// ReportOptions are the flags of the commands that report a plan.
type ReportOptions struct {
	JSON          bool
	jsonOut       string
	files         [len(reportFiles)]string // what the flags of reportFiles name
	Summary, Full bool
	ci            CIFlag
}

// reportFiles are the forms of a run's report, and the flags for them.
var reportFiles = [...]struct {
	flag, usage string
	write       func(io.Writer, *report.Run) error
}{
	{"md-out", "write a Markdown report, for a pull request, to a `FILE`", report.Markdown},
	{"html-out", "write an HTML report to a `FILE`", report.HTML},
	{"metrics-file", "write metrics in the Prometheus text format to a `FILE`", report.Metrics},
}

// Flags declares them.
func (o *ReportOptions) Flags(fs *pflag.FlagSet) {
	fs.BoolVar(&o.Summary, "summary", false, "show the counts and the cost only")
	fs.BoolVar(&o.Full, "full", false, "show every change, however many there are")
	fs.BoolVar(&o.JSON, "json", false, "write events as JSON to stdout, and nothing else")
	fs.StringVar(&o.jsonOut, "json-out", "", "write the events to a `FILE` as well")
	for i, f := range reportFiles {
		fs.StringVar(&o.files[i], f.flag, "", f.usage)
	}
	o.ci.Flag(fs)
}

// check finds flags that do not go together.
func (o *ReportOptions) check() error {
	if o.Summary && o.Full {
		return errors.New("--summary and --full exclude each other")
	}
	return nil
}

// Recorder gathers what one run has to report.
type Recorder struct {
	app     *App
	opts    *ReportOptions
	run     report.Run
	stream  *render.Stream // of --json and --json-out, or nil
	jsonOut *lateFile      // of --json-out, or nil
}

// Recorded runs a command and writes its reports. With --json nothing else is
// written to stdout.
func (a *App) Recorded(command string, o *ReportOptions, vars []config.VarFlag, do func() error) error {
	if err := o.check(); err != nil {
		return Fail("Flags that do not go together", text.Sentence(err))
	}
	if err := a.checkReports(o, vars); err != nil {
		return Fail("A file cannot be written", text.Sentence(err))
	}
	r := &Recorder{app: a, opts: o, run: report.Run{Command: command, Version: a.Version, Started: a.Now()}}
	r.run.Name, r.run.Directory = runner{a}.directory(o.ci.kind)
	r.openStream()
	a.Recorder = r
	code := a.Ended(do())
	r.run.ExitCode, r.run.Seconds = int(code), a.Now().Sub(r.run.Started).Seconds()
	if err := r.write(); err != nil {
		a.Recorder = nil
		a.Ended(Fail("A report could not be written", text.Sentence(err)))
	}
	if r.run.ExitCode != 0 {
		return Exit(r.run.ExitCode)
	}
	return nil
}

// Annotated runs a command that looks at files and makes no plan. Of its reports the
// CI system that --ci names gets the errors and warnings, at their places.
func (a *App) Annotated(ci CIFlag, do func() error) error {
	on := runner{a}
	kind := on.ci(ci.kind)
	on.writesReports(kind, false)
	if err := a.CheckFiles(); err != nil {
		return Fail("A file cannot be written", text.Sentence(err))
	}
	r := &Recorder{app: a, opts: &ReportOptions{}}
	a.Recorder = r
	code := a.Ended(do())
	a.Recorder = nil
	if kind == ciGitLab && !a.Files.loaded { // what the files read is no place for a report
		if l := a.LoadWatched(config.Options{Environ: a.Environ, Display: a.Display, Now: a.Now, Version: a.Version}); l.Err == nil && a.Files.Clash {
			code = cmp.Or(code, a.Ended(Invalid(Failure, l.Diags, l.Config.Sources())))
		}
	}
	if !a.Files.Clash {
		if err := on.annotate(kind, r.run.Diagnostics); err != nil {
			code = cmp.Or(code, a.Ended(Fail("A report could not be written", text.Sentence(err))))
		}
	}
	if code != OK {
		return Exit(code)
	}
	return nil
}

// Annotate records errors and warnings that the command prints itself. The CI system
// shows them at their places, too.
func (a *App) Annotate(diags hcl.Diagnostics, files map[string]*hcl.File) {
	if a.Recorder != nil {
		a.Recorder.diagnostics(diags, files)
	}
}

// called records what the configuration calls itself, "" for nothing.
func (r *Recorder) called(name string) {
	if r != nil && name != "" {
		r.run.Name = name
	}
}

// openStream begins the events. What would be text goes nowhere with --json.
func (r *Recorder) openStream() {
	var outs []io.Writer
	if r.opts.JSON {
		outs = append(outs, Exact(r.app.Stdout))
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
func (r *Recorder) start() error {
	if r == nil || r.jsonOut == nil {
		return nil
	}
	err := r.jsonOut.start()
	if err != nil {
		err = fmt.Errorf("%s: %w", r.opts.jsonOut, WithoutPath(err))
		r.jsonOut = nil // it was told
	}
	return err
}

// lateFile buffers its text until it is known that the file may be written.
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

// checkReports checks the files of reports, and those of the CI system's runner.
func (a *App) checkReports(o *ReportOptions, vars []config.VarFlag) error {
	for _, v := range vars {
		a.Reads("the file of --var-file", v.File)
	}
	a.Writes("--json-out", o.jsonOut)
	for i, f := range reportFiles {
		a.Writes("--"+f.flag, o.files[i])
	}
	on := runner{a}
	on.writesReports(on.ci(o.ci.kind), true)
	for _, w := range a.Files.writes {
		if o.JSON && IsStdout(w.path) {
			return fmt.Errorf("%s names the standard output, where --json writes events and nothing else", w.by)
		}
	}
	return a.CheckFiles()
}

// diagnostics records diagnostics. It reports whether they are text as well.
func (r *Recorder) diagnostics(diags hcl.Diagnostics, files map[string]*hcl.File) (text bool) {
	if r == nil {
		return true
	}
	r.stream.Diagnostics(diags, files)
	for _, d := range diags {
		r.run.Diagnostics = append(r.run.Diagnostics, render.NewDiagnosticDocument(d, files))
	}
	return !r.opts.JSON
}

// Plan records a plan.
func (r *Recorder) Plan(p *plan.Plan, cost plan.Cost) {
	if r == nil {
		return
	}
	r.run.Plan, r.run.Cost = p, cost
	if r.run.Command != "drift" {
		r.stream.Plan("plan", p, cost)
	}
}

// Report records the results of an apply.
func (r *Recorder) Report(rep *apply.Report) {
	if r == nil {
		return
	}
	r.run.Report = rep
	r.stream.Report(r.run.Command, rep, r.run.Cost)
}

// silent reports whether nothing but events is to be written.
func (r *Recorder) silent() bool { return r != nil && r.opts.JSON }

// Events returns the stream, nil if there is none.
func (r *Recorder) Events() *render.Stream {
	if r == nil {
		return nil
	}
	return r.stream
}

// write writes the reports, each of them whole. That one cannot be written is an
// error of the run, which those that come after it tell.
func (r *Recorder) write() error {
	if r.app.Files.Clash {
		r.remember()
		return r.stream.Err()
	}
	var errs []error
	check := func(what string, err error) {
		if err == nil {
			return
		}
		errs = append(errs, fmt.Errorf("%s: %w", what, WithoutPath(err)))
		if code := ExitCode(r.run.ExitCode); code == OK || code == Changes {
			r.run.ExitCode = int(Failure)
		}
	}
	check("the events", r.stream.Err())
	if r.jsonOut != nil {
		check(r.opts.jsonOut, r.jsonOut.Close())
	}
	on := runner{r.app}
	r.run.Host = on.host(on.ci(r.opts.ci.kind))
	for i, f := range reportFiles {
		if path := r.opts.files[i]; path != "" {
			check(path, r.app.WriteOut(path, 0o600, func(out io.Writer) error { return f.write(out, &r.run) }))
		}
	}
	check("what the runner is to be told", on.tellRunner(on.ci(r.opts.ci.kind), &r.run))
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
func (r *Recorder) remember() {
	path := filepath.Join(r.app.Dir, ".tmsync", runsFile)
	if r.run.State != "" && r.app.makeDirectory() != nil {
		return
	}
	line, err := text.JSON(report.NewRunRecord(&r.run))
	if err != nil {
		return
	}
	if info, err := os.Lstat(path); r.app.OwnPath(path) != nil || err == nil && (!info.Mode().IsRegular() || info.Size() > maxRuns && halve(path, info.Size()) != nil) {
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
	return ReplaceFile(path, 0o600, func(out io.Writer) error {
		_, err := io.Copy(out, rest)
		return err
	})
}

// state records which state the run is about.
func (r *Recorder) state(store state.Managed) {
	if r == nil {
		return
	}
	r.run.State, r.run.Shared = store.Name(), IsShared(store)
	if r.run.Shared {
		r.stream.State(r.run.State)
	}
}

// took records what was sent, and how long the answers took, by endpoint.
func (r *Recorder) took(t engine.Traffic) {
	if r == nil {
		return
	}
	r.run.Requests, r.run.Throttled, r.run.Waited = t.Requests, t.Throttled, map[string]float64{}
	for call, d := range t.Waited {
		r.run.Waited[call] = d.Seconds()
	}
}
