package engine_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state/local"
)

// place is a directory with a configuration, and a service.
type place struct {
	*testing.T
	dir    string
	srv    *sandbox.Server
	noted  []string // summaries of warnings
	config *config.Config
}

func newPlace(t *testing.T, files string) *place {
	t.Helper()
	srv, err := sandbox.New(sandbox.Options{Credits: 1000})
	if err != nil {
		t.Fatal(err)
	}
	p := &place{T: t, dir: t.TempDir(), srv: srv}
	p.declare(files)
	return p
}

// declare replaces the configuration.
func (p *place) declare(text string) {
	p.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, "main.hcl"), []byte(text), 0o600); err != nil {
		p.Fatal(err)
	}
	cfg, diags, err := engine.Load(p.dir, config.Options{})
	if err != nil || diags.HasErrors() {
		p.Fatal(diags, err)
	}
	p.config = cfg
}

// open opens the state and the service, until the test ends.
func (p *place) open(acc engine.Access) (*engine.Engine, error) {
	e, err := engine.Open(p.Context(), p.config, local.New(p.dir, config.DefaultStatePath), engine.Options{
		Dir: p.dir, Version: "0.1.0", Now: time.Now, At: time.Now(), Transport: p.srv.Transport(),
		State: engine.StateOptions{Who: "user", Host: "host", PID: 1, Disposable: true},
		Notice: func(diags hcl.Diagnostics, _ map[string]*hcl.File) {
			for _, d := range diags {
				p.noted = append(p.noted, d.Summary)
			}
		},
	}, acc)
	if err == nil {
		p.Cleanup(func() { _ = e.Close() }) // some tests close it before
	}
	return e, err
}

// with opens, does something, and closes.
func (p *place) with(acc engine.Access, do func(*engine.Engine)) {
	p.Helper()
	e, err := p.open(acc)
	if err != nil {
		p.Fatal(err)
	}
	do(e)
	if err := e.Close(); err != nil {
		p.Fatal(err)
	}
}

// plan plans, which must succeed, and returns what is to be done, "create tracking.a"
// each.
func (p *place) plan(e *engine.Engine, o engine.PlanOptions) (*engine.Planned, []string) {
	p.Helper()
	planned, err := e.Plan(p.Context(), o)
	if err != nil {
		p.Fatal(err)
	}
	var changes []string
	for _, c := range planned.Changes {
		changes = append(changes, string(c.Action)+" "+string(c.Addr))
	}
	for i := range planned.Outputs {
		c := &planned.Outputs[i]
		changes = append(changes, string(c.Action())+" output."+c.Name())
	}
	return planned, changes
}

// apply plans and carries it out.
func (p *place) apply(o engine.PlanOptions) *apply.Report {
	p.Helper()
	var report *apply.Report
	p.with(engine.Writing, func(e *engine.Engine) {
		planned, _ := p.plan(e, o)
		if err := planned.Stopped(); err != nil {
			p.Fatal(err)
		}
		report = e.Apply(p.Context(), planned, engine.ApplyOptions{})
	})
	return report
}

// settled checks that everything is as declared.
func (p *place) settled() {
	p.Helper()
	p.with(engine.Reading, func(e *engine.Engine) {
		if _, changes := p.plan(e, engine.PlanOptions{}); len(changes) > 0 {
			p.Errorf("left to do: %q", changes)
		}
	})
	if len(p.noted) > 0 {
		p.Errorf("warnings: %q", p.noted)
	}
}

// check compares.
func (p *place) check(what string, want, got any) {
	p.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		p.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// problem checks that an error is told as a problem with a code and a summary.
func (p *place) problem(err error, code engine.Code, summary string) {
	p.Helper()
	var told *engine.Problem
	if !errors.As(err, &told) || told.Code != code || len(told.Diagnostics) != 1 || told.Diagnostics[0].Summary != summary {
		p.Errorf("got %v, want %q with code %d", err, summary, code)
	}
}

var lamp = sandbox.Key{Carrier: "dhl", Number: "1234567890"}

// A plan reads, and writes nothing: neither to the service nor into the directory.
func TestPlanOnlyReads(t *testing.T) {
	p := newPlace(t, twoParcels)
	p.with(engine.Reading, func(e *engine.Engine) {
		planned, changes := p.plan(e, engine.PlanOptions{})
		p.check("plan", []string{"create tracking.chair", "create tracking.lamp"}, changes)
		p.check("credits", 2, planned.Cost.Estimate.MaxCredits)
	})
	if rows := p.srv.Rows(); len(rows) > 0 {
		t.Errorf("the service has %d trackings", len(rows))
	}
	if _, err := os.Lstat(filepath.Join(p.dir, config.DefaultStatePath)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("there is a state: %v", err)
	}
	p.apply(engine.PlanOptions{})
	p.settled()
}

// What somebody else has changed is drift, which the next apply undoes. What is not
// declared any more goes.
func TestApplyUndoesDrift(t *testing.T) {
	p := newPlace(t, twoParcels)
	p.apply(engine.PlanOptions{})
	row, _ := p.srv.Row(lamp)
	row.Title = "Hers"
	if err := p.srv.Put(row); err != nil {
		t.Fatal(err)
	}
	lampOnly, _, _ := strings.Cut(twoParcels, `tracking "chair"`)
	p.declare(lampOnly)
	p.with(engine.Reading, func(e *engine.Engine) {
		_, changes := p.plan(e, engine.PlanOptions{})
		p.check("plan", []string{"delete tracking.chair", "update tracking.lamp"}, changes)
	})
	if report := p.apply(engine.PlanOptions{}); report.Count(apply.Done) != 2 || !report.Complete() {
		t.Errorf("the report is %+v", report)
	}
	rows := p.srv.Rows()
	if len(rows) != 1 || rows[0].Key() != lamp || rows[0].Title != "Lamp" {
		t.Errorf("the service has %+v", rows)
	}
	p.settled()
}

// A plan from the state alone asks nobody.
func TestPlanOffline(t *testing.T) {
	p := newPlace(t, twoParcels)
	p.apply(engine.PlanOptions{})
	if err := p.srv.Remove(lamp); err != nil {
		t.Fatal(err)
	}
	p.srv.ResetRequests()
	p.with(engine.Reading, func(e *engine.Engine) {
		planned, changes := p.plan(e, engine.PlanOptions{Refresh: engine.RefreshNone})
		if len(changes) > 0 || planned.Listing != nil {
			t.Errorf("it plans %q, with the list %v", changes, planned.Listing)
		}
		p.check("requests", map[string]int(nil), nonZero(e.Traffic().Requests))
	})
	p.check("requests", map[string]int(nil), nonZero(p.srv.Requests()))
	p.apply(engine.PlanOptions{})
	p.settled()
}

func nonZero(requests map[string]int) map[string]int {
	var out map[string]int
	for call, n := range requests {
		if n > 0 {
			if out == nil {
				out = map[string]int{}
			}
			out[call] = n
		}
	}
	return out
}

// Only what is selected is planned; a name that selects nothing is a mistake.
func TestSelection(t *testing.T) {
	p := newPlace(t, twoParcels)
	target := func(name string) engine.PlanOptions {
		patterns, err := tracking.ParsePatterns([]string{name})
		if err != nil {
			t.Fatal(err)
		}
		return engine.PlanOptions{Selection: plan.Selection{Targets: patterns}}
	}
	p.with(engine.Reading, func(e *engine.Engine) {
		_, err := e.Plan(t.Context(), target("tracking.table"))
		p.problem(err, engine.Failure, "No such tracking")
	})
	p.apply(target("tracking.lamp"))
	p.with(engine.Reading, func(e *engine.Engine) {
		_, changes := p.plan(e, engine.PlanOptions{})
		p.check("plan", []string{"create tracking.chair"}, changes)
	})
	p.apply(engine.PlanOptions{})
	p.settled()
}

// A plan that goes beyond the limits of the configuration may be shown, and not
// carried out.
func TestStopped(t *testing.T) {
	p := newPlace(t, twoParcels)
	p.apply(engine.PlanOptions{})
	provider, _, _ := strings.Cut(twoParcels, `tracking "lamp"`)
	p.declare(provider + "safety {\n  max_deletes = 1\n}\n")
	two := 2
	p.with(engine.Reading, func(e *engine.Engine) {
		planned, changes := p.plan(e, engine.PlanOptions{})
		p.check("plan", []string{"delete tracking.chair", "delete tracking.lamp"}, changes)
		var told *engine.Problem
		if err := planned.Stopped(); !errors.As(err, &told) || told.Code != engine.Unsafe {
			t.Errorf("stopped by %v", err)
		}
		p.check("warnings", len(planned.Stops), len(planned.Warnings()))
	})
	p.apply(engine.PlanOptions{AllowDeletes: &two})
	p.check("rows", 0, len(p.srv.Rows()))
	p.settled()
}

// One engine at a time writes to a state.
func TestLocked(t *testing.T) {
	p := newPlace(t, twoParcels)
	p.with(engine.Writing, func(*engine.Engine) {
		_, err := p.open(engine.Writing)
		p.problem(err, engine.Locked, "The state is locked")
	})
	p.apply(engine.PlanOptions{})
	p.settled()
}

// Who interrupts a plan is told so, and that nothing has come of it.
func TestInterrupted(t *testing.T) {
	p := newPlace(t, twoParcels)
	p.with(engine.Reading, func(e *engine.Engine) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := e.Plan(ctx, engine.PlanOptions{})
		p.problem(err, engine.Partial, "Interrupted")
	})
	p.apply(engine.PlanOptions{})
	p.settled()
}

// Without a key no client is opened, and the problem is where the provider is.
func TestNoKey(t *testing.T) {
	p := newPlace(t, "provider \"trackingmore\" {\n}\n")
	e, err := engine.Connect(p.config, engine.Options{Dir: p.dir, Now: time.Now})
	if e != nil {
		t.Error("it is open")
	}
	p.problem(err, engine.Failure, "No API key")
	if told, ok := err.(*engine.Problem); !ok || told.Diagnostics[0].Subject == nil || len(told.Files) == 0 {
		t.Errorf("the problem has no place: %+v", err)
	}
}
