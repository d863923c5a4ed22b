// Package inspect is the commands that show what differs, and why: explain and drift.
package inspect

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// Explain is the command explain.
func Explain() app.Command {
	return app.Command{
		Name: "explain", Args: "KEY|NUMBER|ADDRESS|FILE:LINE", Complete: app.CompleteAddress, Summary: "Explain one tracking: where it is declared, what was applied, what would change and why; or one row of a file",
		Examples: `
# why a plan wants to change a tracking
tmsync explain 'tracking.parcel["A-1"]'

# what is known of a number, or of an order of one parcel
tmsync explain 402934299065

# the same of one carrier, also where only the service has it
tmsync explain sto/402934299065

# what became of a row of a file of orders
tmsync explain orders.csv:17`,
		Help: `
Shows where a tracking is declared, what was last applied, what is in doubt and
what the service says of it now, attribute by attribute, and what an apply would
send for it, and why. Only this one is asked for. Nothing is changed.

An attribute is "listed" when the service's list reports it; otherwise it is
known by what was last applied, if it is known at all. It is "kept so" where the
service keeps it in another form than it was sent.

Of a row, FILE:LINE, it shows what trackings blocks make of it: what it
declares, or why nothing. That needs neither the state nor the service. In a
workbook the line is the number of the row.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			o, asJSON := &app.OpenOptions{}, false
			o.ReadFlags(fs)
			fs.BoolVar(&asJSON, "json", false, "as JSON")
			return func(ctx context.Context, args []string) error {
				if len(args) != 1 {
					return app.Fail("Invalid arguments", "Give one key, such as sto/402934299065, one number of a parcel or an order, one address, such as tracking.parcel, or one row, such as orders.csv:17; in a shell an address with a key needs single quotes around it.")
				}
				if file, line, ok := cutPlace(args[0]); ok {
					return explainRow(a, &o.ConfigOptions, file, line, asJSON)
				}
				return explain(ctx, a, o, args[0], asJSON)
			}
		},
	}
}

// explanation is all that is known of one tracking. Each of the three versions
// may be missing.
type explanation struct {
	addr     tracking.Addr
	key      tracking.Key
	declared *tracking.Declared
	record   *state.Record
	remote   *tracking.Remote
	kept     []*plan.Kept    // what the service keeps in another form
	doubts   []state.Intent  // requests of which it is not known what became of them
	change   *plan.Change    // what an apply would do, nil for nothing
	held     bool            // the mode keeps the change back
	refused  hcl.Diagnostics // why an apply does not get to that
	estimate plan.Estimate
	listed   tracking.AttrSet // what the service's list reports
}

func explain(ctx context.Context, a *app.App, o *app.OpenOptions, name string, asJSON bool) (err error) {
	w, err := a.Open(ctx, o, engine.Reading)
	if err != nil {
		return err
	}
	defer w.Leave(&err)
	e := &explanation{listed: w.Config.Provider.Service.Listed}
	if err := identify(w, e, name); err != nil {
		return app.Fail("No single tracking", text.Sentence(err))
	}
	if err := learn(ctx, w, e); err != nil {
		return err
	}
	if e.declared == nil && e.record == nil && e.remote == nil {
		return app.Fail("No such tracking", fmt.Sprintf("No file declares %s, the state does not have it, and the service has no such tracking.", e.key))
	}
	out, write := a.Stdout, e.text(a.OutStyle())
	if asJSON {
		out, write = app.Exact(a.Stdout), e.json
	}
	if err := app.Flushed(bufio.NewWriter(out), write); err != nil { // each text in it is inert, and the colours are ours
		return app.Fail("The explanation could not be written", text.Sentence(err))
	}
	return nil
}

// identify finds what has a name: its declaration and its record, which may have
// another address or another key than the declaration.
func identify(w *app.Workspace, e *explanation, name string) (err error) {
	switch {
	case tracking.IsAddr(name):
		e.addr, err = tracking.ParseStateAddr(name)
	case strings.Contains(name, "/"):
		e.key, err = tracking.ParseKey(name)
	default:
		e.addr, err = calledSo(w, name)
	}
	if err != nil {
		return err
	}
	st, within := w.Session.State(), false
	for i := range w.Config.Declared {
		d := &w.Config.Declared[i]
		if d.Addr == e.addr || d.Key == e.key {
			e.declared = d
		}
		within = within || e.addr != "" && d.Addr.Within(e.addr)
	}
	for i := range st.Records {
		within = within || e.addr != "" && st.Records[i].Addr.Within(e.addr)
	}
	e.record = st.Find(e.addr)
	if e.record == nil {
		e.record = st.ByKey(e.key)
	}
	switch {
	case e.declared != nil && e.record == nil:
		if e.record = st.ByKey(e.declared.Key); e.record == nil {
			e.record = st.Find(e.declared.Addr)
		}
	case e.declared == nil && e.record != nil:
		i := slices.IndexFunc(w.Config.Declared, func(d tracking.Declared) bool { return d.Key == e.record.Key || d.Addr == e.record.Addr })
		if i >= 0 {
			e.declared = &w.Config.Declared[i]
		}
	case e.declared == nil && within:
		return fmt.Errorf("%s is a block; name one tracking of it, such as %s", e.addr, e.addr.Index("KEY"))
	case e.declared == nil && e.addr != "":
		return fmt.Errorf("neither the configuration nor the state has the address %s", e.addr)
	}
	if e.declared != nil {
		e.addr, e.key = e.declared.Addr, e.declared.Key
	} else if e.record != nil {
		e.addr, e.key = e.record.Addr, e.record.Key
	}
	return nil
}

// learn asks the service, and plans what an apply would do.
func learn(ctx context.Context, w *app.Workspace, e *explanation) error {
	keys := []tracking.Key{e.key}
	if e.record != nil && e.record.Key != e.key {
		keys = append(keys, e.record.Key)
	}
	listing, err := w.LookUp(ctx, keys...)
	if err != nil {
		return err
	}
	for _, k := range keys {
		if e.remote == nil {
			e.remote = listing.Find(k)
		}
	}
	for _, in := range w.Session.InDoubt() {
		if slices.ContainsFunc(in.Items, func(it state.IntentItem) bool {
			return slices.Contains(keys, it.Key) || e.addr != "" && it.Addr == e.addr
		}) {
			e.doubts = append(e.doubts, in)
		}
	}
	return foresee(w, e, listing)
}

// foresee plans for the one tracking alone.
func foresee(w *app.Workspace, e *explanation, l *tracking.Listing) error {
	if e.declared == nil && e.record == nil {
		return nil
	}
	in := w.AnyMode(l)
	one, err := tracking.ParsePattern(e.key.String())
	if err != nil {
		return app.Fail("Invalid key", text.Sentence(err))
	}
	in.Select = plan.Selection{Targets: []tracking.Pattern{one}}
	p, diags := plan.Compute(in)
	mine := func(c *plan.Change) bool { return c.Key == e.key || c.OldKey == e.key || c.Addr == e.addr }
	for i := range p.Changes {
		if c := &p.Changes[i]; mine(c) && e.change == nil {
			e.change = c
		}
	}
	for _, f := range w.Config.Failed {
		if e.declared != nil && f.Addr == e.declared.Addr {
			e.refused = append(e.refused, f.Diag)
		}
	}
	for i := range p.Kept {
		e.kept = append(e.kept, &p.Kept[i])
	}
	for _, d := range diags {
		if d.Severity == hcl.DiagError {
			e.refused = append(e.refused, d)
		}
	}
	if e.change == nil {
		return nil
	}
	e.estimate = w.Cost(&plan.Plan{Changes: []plan.Change{*e.change}}).Estimate
	in.Mode = w.Input(engine.PlanOptions{}).Mode
	p, _ = plan.Compute(in)
	e.held = p.HeldBack > 0 && !slices.ContainsFunc(p.Changes, func(c plan.Change) bool { return mine(&c) })
	return nil
}

// secret is the set of the attributes whose values are not shown.
func (e *explanation) secret() tracking.AttrSet {
	set := tracking.SensitiveAttrs
	if e.declared != nil {
		set |= e.declared.Secret
	}
	if e.record != nil {
		set |= e.record.Sealed()
	}
	return set
}

// facts is what is known of one attribute. Values that are not known are nil, and
// those of sensitive attributes are masked.
type facts struct {
	Name      string  `json:"name"`
	Sensitive bool    `json:"sensitive"`
	Declared  *string `json:"declared,omitempty"`
	Applied   *string `json:"applied,omitempty"`
	Remote    *string `json:"remote,omitempty"`
	Known     string  `json:"known"`          // knownListed and so on
	Kept      *string `json:"kept,omitempty"` // the form in which the service keeps it, where that is another one
	Differs   string  `json:"differs,omitempty"`

	attr tracking.Attr
}

// How an attribute is known.
const (
	knownListed  = "listed"       // the list reports it
	knownApplied = "last applied" // the list does not, but it was applied
	knownNot     = "write-only"   // nobody can tell
)

// facts gathers the attributes that are worth a line: what is declared, was
// applied, or is set at the service.
func (e *explanation) facts() []facts {
	var out []facts
	secret := e.secret()
	for a := range tracking.AllAttrs() {
		f := facts{Name: a.String(), attr: a, Sensitive: secret.Has(a), Known: knownNot, Differs: e.differs(a)}
		if e.declared != nil {
			f.Declared = f.value(e.declared.Attrs.Get(a))
		}
		if e.record != nil {
			if f.Applied = f.value(e.record.Applied.Get(a)); f.Applied != nil {
				f.Known = knownApplied
			}
		}
		e.reported(&f)
		if k := e.keptAs(a); k != nil {
			f.Kept = f.value(k.Form, true)
		}
		if f.Declared != nil || f.Applied != nil || f.Remote != nil {
			out = append(out, f)
		}
	}
	return out
}

// keptAs returns how the service keeps an attribute in another form, nil if unknown.
func (e *explanation) keptAs(a tracking.Attr) *plan.Kept {
	for _, k := range e.kept {
		if k.Attr == a {
			return k
		}
	}
	return nil
}

// value returns what is known of a value, masked if it is sensitive.
func (f *facts) value(v string, known bool) *string {
	switch {
	case !known:
		return nil
	case f.Sensitive:
		v = app.Masked
	}
	return &v
}

// reported adds the service's value of an attribute. What it says of every
// tracking is left out where nobody has asked for it.
func (e *explanation) reported(f *facts) {
	a := f.attr
	if e.remote == nil || !e.listed.Has(a) && a != tracking.Status {
		return
	}
	f.Known = knownListed
	asked := f.Declared != nil || f.Applied != nil
	if a == tracking.Status {
		f.Remote = f.value(e.remote.Status, asked)
		return
	}
	v, known := e.remote.Attrs.Get(a)
	quiet := v == "" || v == a.Spec().Born
	f.Remote = f.value(v, known && (asked || !quiet))
}

// differs returns whether a declared attribute differs, and what becomes of that.
func (e *explanation) differs(a tracking.Attr) string {
	if e.declared == nil || !e.declared.Attrs.Has(a) {
		return ""
	}
	switch c := e.change; {
	case e.declared.Lifecycle.IgnoreChanges.Has(a):
		return "ignored"
	case c != nil && slices.ContainsFunc(c.Fields, func(f plan.Field) bool { return f.Attr == a }):
		return "yes"
	case e.keptAs(a) != nil:
		return "kept so"
	case c != nil && c.Record != nil && c.Record.LeftAsIs.Has(a), c == nil && e.record != nil && e.record.LeftAsIs.Has(a):
		return "left as it is"
	}
	return "no"
}
