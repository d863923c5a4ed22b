package testcmd

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/config/testfile"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// outcome is what a run has given.
type outcome struct {
	app      *app.App
	cfg      *config.Config // nil if the configuration is not valid
	before   *state.State
	plan     *engine.Planned // nil if there is none
	done     bool            // it came to its end without an error
	messages []message
}

// message is a diagnostic as it was shown, in one line.
type message struct {
	warning bool
	text    string
}

var (
	severity = regexp.MustCompile(`(?m)^(Error|Warning): `)
)

// messagesIn parses what a run has written to stderr. How lines were broken does
// not matter.
func messagesIn(s string) (out []message) {
	starts := severity.FindAllStringIndex(s, -1)
	for i, at := range starts {
		end := len(s)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		out = append(out, message{s[at[0]] == 'W', text.OneLine(s[at[1]:end])})
	}
	return out
}

// problem is what differs from what was expected, and where that stands.
type problem struct {
	text string
	at   hcl.Range
}

// String implements fmt.Stringer.
func (p problem) String() string {
	return fmt.Sprintf("%s:%d: %s", p.at.Filename, p.at.Start.Line, p.text)
}

// judge compares the result of a run with what was expected, and returns what
// differs.
func (o *outcome) judge(run *testfile.Run) []problem {
	problems := o.judgeMessages(run)
	if o.plan != nil && o.done {
		problems = append(problems, o.judgeCounts(run)...)
		problems = append(problems, o.judgeActions(run)...)
	}
	if o.cfg != nil {
		for _, a := range run.Asserts {
			if p := o.assert(a); p != "" {
				problems = append(problems, problem{p, a.Condition.Range()})
			}
		}
	}
	return problems
}

func (o *outcome) judgeMessages(run *testfile.Run) (problems []problem) {
	errs, warnings := o.texts(false), o.texts(true)
	switch {
	case len(run.Expect.Errors) > 0 && o.done:
		problems = append(problems, missing("error", run.Expect.Errors[:1], nil, run.Expect.Args["errors"])...)
	case len(run.Expect.Errors) > 0:
		problems = append(problems, missing("error", run.Expect.Errors, errs, run.Expect.Args["errors"])...)
	case !o.done:
		for _, e := range errs {
			problems = append(problems, problem{"error: " + e, run.Range})
		}
		if len(errs) == 0 {
			problems = append(problems, problem{"it did not come to its end", run.Range})
		}
	}
	return append(problems, missing("warning", run.Expect.Warnings, warnings, run.Expect.Args["warnings"])...)
}

func (o *outcome) texts(warnings bool) (out []string) {
	for _, m := range o.messages {
		if m.warning == warnings {
			out = append(out, m.text)
		}
	}
	return out
}

// missing returns the expected messages that were not written. at is where they are
// expected.
func missing(kind string, expected, said []string, at hcl.Range) (problems []problem) {
	for _, want := range expected {
		if slices.ContainsFunc(said, func(s string) bool { return strings.Contains(s, text.OneLine(want)) }) {
			continue
		}
		p := fmt.Sprintf("expected the %s %q, and there was none", kind, want)
		if len(said) > 0 {
			p = fmt.Sprintf("expected the %s %q; there was:\n  %s", kind, want, strings.Join(said, "\n  "))
		}
		problems = append(problems, problem{p, at})
	}
	return problems
}

func (o *outcome) judgeCounts(run *testfile.Run) (problems []problem) {
	for _, c := range run.Expect.Counts {
		got := o.plan.Count(plan.Action(c.Kind))
		switch c.Kind {
		case "changes":
			got = len(o.plan.Changes)
		case "unchanged":
			got = o.plan.Unchanged
		case "unmanaged":
			got = o.plan.Unmanaged
		case "overwritten":
			got = o.plan.Overwritten
		}
		if got != c.Count {
			problems = append(problems, problem{fmt.Sprintf("expected %s = %d, the plan has %d", c.Kind, c.Count, got), run.Expect.Args[c.Kind]})
		}
	}
	if n := len(problems); n > 0 {
		problems[n-1].text += "\n" + o.summary()
	}
	return problems
}

// namedChanges bounds the changes that are named when counts differ.
const namedChanges = 20

// summary lists the changes of the plan.
func (o *outcome) summary() string {
	var b strings.Builder
	b.WriteString("the plan:")
	for i := range o.plan.Changes {
		if i == namedChanges {
			fmt.Fprintf(&b, "\n  and %d more", len(o.plan.Changes)-i)
			break
		}
		c := &o.plan.Changes[i]
		fmt.Fprintf(&b, "\n  %s %s (%s)", c.Action, c.Addr, c.Reason)
	}
	if !o.plan.HasChanges() {
		b.WriteString(" no changes")
	}
	return b.String()
}

func (o *outcome) judgeActions(run *testfile.Run) (problems []problem) {
	add := func(text string) { problems = append(problems, problem{text, run.Expect.Args["actions"]}) }
	for _, want := range run.Expect.Actions {
		got := testfile.None
		for i := range o.plan.Changes {
			if c := &o.plan.Changes[i]; c.Addr == want.Addr {
				got = string(c.Action)
			}
		}
		switch {
		case got == testfile.None && want.Action == got && !o.knows(want.Addr):
			add(fmt.Sprintf("%s: neither the configuration nor the state has this address", want.Addr))
		case got != want.Action:
			add(fmt.Sprintf("%s: expected %q, the plan has %q", want.Addr, want.Action, got))
		}
	}
	return problems
}

func (o *outcome) knows(addr tracking.Addr) bool {
	return o.before.Find(addr) != nil ||
		slices.ContainsFunc(o.cfg.Declared, func(d tracking.Declared) bool { return d.Addr == addr })
}

// assert returns why a condition does not hold, "" if it does.
func (o *outcome) assert(a testfile.Assert) string {
	v, diags := o.evaluate(a.Condition)
	if diags.HasErrors() {
		return "the condition cannot be evaluated: " + firstOf(diags)
	}
	v, _ = v.Unmark()
	v, err := convert.Convert(v, cty.Bool)
	switch {
	case err != nil || !v.IsKnown() || v.IsNull():
		return "the condition is neither true nor false"
	case v.True():
		return ""
	}
	text, diags := o.evaluate(a.Message)
	if diags.HasErrors() {
		return "the condition does not hold, and its error_message cannot be evaluated: " + firstOf(diags)
	}
	if text.IsMarked() {
		return "the condition does not hold; the message is not shown, because it refers to a sensitive value"
	}
	text, err = convert.Convert(text, cty.String)
	if err != nil || !text.IsKnown() || text.IsNull() {
		return "the condition does not hold, and its error_message is no text"
	}
	return "assertion failed: " + text.AsString()
}

func (o *outcome) evaluate(expr hcl.Expression) (cty.Value, hcl.Diagnostics) {
	v, diags, err := engine.Evaluate(o.app.Version, o.cfg, func() (cty.Value, hcl.Diagnostics) { return o.cfg.EvaluateAssert(expr) })
	if err != nil {
		o.app.NoteAbandoned(err)
		return cty.DynamicVal, hcl.Diagnostics{{Severity: hcl.DiagError, Summary: "The expression takes too much"}}
	}
	return v, diags
}

func firstOf(diags hcl.Diagnostics) string {
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			return text.OneLine(d.Summary + ": " + d.Detail)
		}
	}
	return ""
}
