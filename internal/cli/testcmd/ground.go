package testcmd

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sort"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/config/testfile"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// testGround is what the runs of one file share: a service in memory, and a
// directory for the state, which is gone at the end.
type testGround struct {
	app  *app.App
	file *testfile.File
	dir  string
	srv  *sandbox.Server
}

func newTestGround(a *app.App, file *testfile.File) (*testGround, hcl.Diagnostics, error) {
	srv, err := sandbox.New(sandbox.Options{Credits: engine.SandboxCredits, Now: a.Now})
	if err != nil {
		return nil, nil, err
	}
	var diags hcl.Diagnostics
	for i := range file.Remote {
		t := &file.Remote[i]
		row, err := fixtureRow(t)
		if err == nil {
			err = srv.Put(row)
		}
		if err != nil {
			diags = append(diags, &hcl.Diagnostic{Severity: hcl.DiagError, Summary: "Invalid remote tracking", Subject: t.Range.Ptr(),
				Detail: fmt.Sprintf("The service cannot have it: %s. A status is one of %s.", err, strings.Join(sandbox.Statuses(), ", "))})
		}
	}
	if diags.HasErrors() {
		return nil, diags, nil
	}
	dir, err := os.MkdirTemp("", "tmsync-test-")
	if err != nil {
		return nil, nil, err
	}
	return &testGround{app: a, file: file, dir: dir, srv: srv}, nil, nil
}

func (g *testGround) close() {
	_ = os.RemoveAll(g.dir) // what is left there is of no use to anybody
}

// fixtureRow is a tracking as the service keeps it.
func fixtureRow(t *testfile.Tracking) (sandbox.Row, error) {
	row := sandbox.Row{Carrier: t.Key.Carrier, Number: t.Key.Number, Status: t.Status}
	for a, v := range t.Attrs.All() {
		switch {
		case a == tracking.Archived:
			row.Archived = v == "true"
		case a == tracking.TrackUpdates:
			row.Stopped = v == "false"
		case !row.Set(a.String(), v):
			return row, fmt.Errorf("the service in memory does not know %s", a)
		}
	}
	return row, nil
}

// silenced is an app whose output goes elsewhere, and which nobody can answer.
// What the environment or a file says of the service does not count.
func (g *testGround) silenced(out, errs *bytes.Buffer, dir string) *app.App {
	env := g.app.Env
	env.Stdin, env.Stdout, env.Stderr = strings.NewReader(""), out, errs
	env.StdinTerminal, env.StdoutWidth, env.StderrWidth = false, 0, 0
	env.Environ = maps.Clone(env.Environ)
	for _, name := range []string{"TMSYNC_STATE_KEY", "TMSYNC_LOG"} {
		delete(env.Environ, name)
	}
	env.Environ["TMSYNC_ENDPOINT"] = config.Sandbox
	return &app.App{Env: env, Dir: dir, Display: g.app.Display, NoColor: true, Stuck: g.app.Stuck}
}

// load reads the configuration with the variables of a run. What is wrong with
// them is told of the file of tests, which they are written in.
func (g *testGround) load(a *app.App, run *testfile.Run) (*config.Config, bool) {
	var s strings.Builder
	given, starts := map[string]bool{}, []int(nil)
	var vars []testfile.Var
	for _, v := range slices.Concat(run.Vars, g.file.Vars) {
		if !given[v.Name] {
			starts, vars = append(starts, s.Len()), append(vars, v)
			fmt.Fprintf(&s, "%s = %s\n", v.Name, v.Text)
		}
		given[v.Name] = true
	}
	path := filepath.Join(g.dir, "variables")
	if err := os.WriteFile(path, []byte(s.String()), 0o600); err != nil {
		a.Ended(app.Fail("The variables could not be set", text.Sentence(err)))
		return nil, false
	}
	l := a.Read(&app.ConfigOptions{Vars: []config.VarFlag{{File: path}}, NoInput: true})
	if err := os.Remove(path); err != nil {
		a.Ended(app.Fail("The variables could not be removed", text.Sentence(err)))
		return nil, false
	}
	if l.Err != nil {
		a.Ended(l.Err)
		return nil, false
	}
	for _, d := range l.Diags {
		if d.Subject != nil && strings.HasSuffix(d.Subject.Filename, path) {
			i := sort.SearchInts(starts, d.Subject.Start.Byte+1) - 1
			d.Detail = strings.ReplaceAll(d.Detail, d.Subject.Filename, g.file.Name)
			d.Subject = vars[i].Range.Ptr()
		}
		d.Detail = strings.ReplaceAll(d.Detail, path, g.file.Name)
	}
	a.Report(l.Diags, nil)
	return l.Config, !l.Diags.HasErrors()
}

// enter opens what a run works in: as any command does, but for where its service is.
func (g *testGround) enter(ctx context.Context, a *app.App, cfg *config.Config, run *testfile.Run) (*app.Workspace, *app.PlanningOptions, error) {
	o := &app.PlanningOptions{PlanOptions: engine.PlanOptions{
		Destroy: run.Options.Destroy, RefreshOnly: run.Options.RefreshOnly, Refresh: engine.RefreshFull, Mode: run.Options.Mode,
		Selection: plan.Selection{Targets: run.Options.Targets, Excludes: run.Options.Excludes}, Replace: run.Options.Replace,
		AllowDeletes: run.Options.AllowDeletes, AllowMissing: run.Options.AllowMissing, AllowCredits: run.Options.AllowCredits,
		PaidData: true, // nobody pays here
	}}
	if err := o.Check(); err != nil {
		return nil, nil, app.Fail("The run could not be set up", text.Sentence(err))
	}
	opts := a.EngineOptions(&app.StateOptions{})
	opts.Transport, opts.At = g.srv.Transport(), a.Now()
	store, err := a.Store(ctx, config.DefaultStatePath, cfg) // whatever the files say
	if err != nil {
		return nil, nil, err
	}
	e, err := engine.Open(ctx, cfg, store, opts, engine.Writing)
	if err != nil {
		return nil, nil, err
	}
	return &app.Workspace{Engine: e, App: a}, o, nil
}

// run carries out one run.
func (g *testGround) run(ctx context.Context, run *testfile.Run) runResult {
	begun := g.app.Now()
	out, errs := &bytes.Buffer{}, &bytes.Buffer{}
	seen := g.outcome(ctx, run, out, errs)
	seen.messages = messagesIn(errs.String())
	res := runResult{name: run.Name, verdict: passed, problems: seen.judge(run), took: g.app.Now().Sub(begun)}
	if len(res.problems) > 0 {
		res.verdict = failed
	}
	res.broken = !seen.done && len(run.Expect.Errors) == 0
	if seen.plan != nil {
		var text strings.Builder
		if err := render.Plan(&text, seen.plan.Plan, seen.plan.Cost, render.Style{}); err == nil {
			res.plan = text.String()
		}
	}
	return res
}

// outcome plans, and applies if the run says so.
func (g *testGround) outcome(ctx context.Context, run *testfile.Run, out, errs *bytes.Buffer) *outcome {
	seen := &outcome{app: g.app}
	cfg, ok := g.load(g.silenced(out, errs, g.app.Dir), run)
	if !ok {
		return seen
	}
	seen.cfg = cfg
	inside := g.silenced(out, errs, g.dir)
	w, o, err := g.enter(ctx, inside, cfg, run)
	if err != nil {
		inside.Ended(err)
		return seen
	}
	defer w.Close() // the state is about to be thrown away
	seen.before = w.Session.State()
	p, err := w.MakePlan(ctx, o)
	if seen.plan = p; p == nil || err != nil {
		inside.Ended(err)
		return seen
	}
	if run.Apply {
		if err = p.Stopped(); err == nil {
			rep := w.Apply(ctx, p, engine.ApplyOptions{})
			inside.Report(rep.Diagnostics(), w.Config.Sources())
			seen.done = rep.Complete()
			return seen
		}
		inside.Ended(err)
	} else {
		inside.Report(p.Warnings(), nil)
	}
	seen.done = err == nil
	return seen
}
