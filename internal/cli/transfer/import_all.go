package transfer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/plan"
)

// importAll writes configuration for the unmanaged trackings, and adds them to the
// state.
//
//  1. refuse files that exist
//  2. read the whole account, and settle what earlier runs left open
//  3. choose what neither the state nor a file knows, and what --where asks for
//  4. write the files, and read the configuration again
//  5. adopt what the plan says is to be adopted, sending nothing
//  6. plan once more: nothing that was imported may show up
func importAll(ctx context.Context, a *app.App, o *importOptions) (err error) {
	w, err := a.Open(ctx, &o.OpenOptions, engine.Writing)
	if err != nil {
		return err
	}
	defer w.Leave(&err)
	wanted, err := parseWhere(o.where, w.Config.Provider.Service.Listed)
	if err != nil {
		return app.Fail("Invalid --where", text.Sentence(err))
	}
	files := &importFiles{app: a, opts: o, defaults: w.Config.Defaults}
	if err := files.refuseExisting(); err != nil {
		return app.Fail("The file exists", text.Sentence(err))
	}
	listing, err := readAll(ctx, w)
	if err != nil {
		return err
	}
	files.items = unmanaged(w, listing, wanted(&listing.Listing), o)
	switch {
	case len(files.items) == 0:
		fmt.Fprintln(a.Stdout, "Nothing to import: the service has nothing else that fits.")
		return nil
	case o.dryRun:
		return files.show()
	}
	a.UnderWay.Store(true)
	if err := files.write(); err != nil {
		return app.Fail("The files could not be written", text.Sentence(err))
	}
	for _, name := range files.names() {
		fmt.Fprintf(a.Stdout, "Wrote %s.\n", text.Inert(a.Shown(name)))
	}
	files.report()
	if err := reload(w, &o.ConfigOptions); err != nil {
		return errors.Join(err, app.Fail("The import is not complete", fmt.Sprintf("With %s the configuration is not valid. Nothing was taken into the state. Fix the file, or remove it and import again.",
			strings.Join(files.names(), " and "))))
	}
	return adoptAll(ctx, w, &listing.Listing, files.items)
}

// readAll reads the whole account.
func readAll(ctx context.Context, w *app.Workspace) (*tracking.Whole, error) {
	scope := plan.Prepare(w.Input(engine.PlanOptions{})).Scope()
	listing, err := w.Client.ListAll(ctx, trackingmore.ListOptions{Known: scope.Managed, Declared: apply.Doubtful(w.Session)})
	w.NoticeClock()
	if err != nil {
		return nil, engine.Unread(ctx, "The service could not be read", err)
	}
	return listing, w.Recover(&listing.Listing)
}

// unmanaged chooses what to import, sorted by key, and names it.
func unmanaged(w *app.Workspace, l *tracking.Whole, wanted func(*tracking.Remote) bool, o *importOptions) []*imported {
	st := w.Session.State()
	declared := make(map[tracking.Key]bool, len(w.Config.Declared))
	names := map[string]int{}
	for i := range w.Config.Declared {
		d := &w.Config.Declared[i]
		declared[d.Key] = true
		names[string(d.Addr.Block())] = 1
	}
	for i := range st.Records {
		names[string(st.Records[i].Addr.Block())] = 1
	}
	var items []*imported
	for i := range l.Items {
		if r := &l.Items[i]; !declared[r.Key] && st.ByKey(r.Key) == nil && wanted(r) {
			items = append(items, newImported(r, o.sensitive, w.Config.Provider.Service))
		}
	}
	slices.SortFunc(items, func(a, b *imported) int { return a.key.Compare(b.key) })
	if o.to == toCSV {
		block := freeName(names, "trackings.", strings.TrimSuffix(o.out, ".hcl"))
		for _, it := range items {
			it.name, it.inCSV = block, true
		}
		return items
	}
	for _, it := range items {
		it.name = freeName(names, "tracking.", it.key.Carrier+"_"+it.key.Number)
	}
	return items
}

// freeName derives an unused block name from a text, and reserves it. taken counts
// the blocks by the name that they would have had.
func freeName(taken map[string]int, prefix, text string) string {
	base := blockName(text)
	name, n := base, taken[prefix+base]
	for n > 0 && taken[prefix+name] > 0 {
		n++
		name = fmt.Sprintf("%s_%d", base, n)
	}
	taken[prefix+base] = max(n, 1)
	taken[prefix+name] = max(taken[prefix+name], 1)
	return name
}

// blockName returns a text as a block name: letters, digits, "_" and "-", and no
// digit or "-" at the beginning.
func blockName(text string) string {
	name := strings.Map(func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' {
			return r
		}
		return '_'
	}, text)
	if name == "" || name[0] == '-' || '0' <= name[0] && name[0] <= '9' {
		return "_" + name
	}
	return name
}

// adoptAll adds everything to the state and proves that the next plan is empty.
func adoptAll(ctx context.Context, w *app.Workspace, l *tracking.Listing, items []*imported) error {
	want := make(map[tracking.Addr]tracking.Key, len(items))
	keys := make(map[tracking.Key]bool, len(items))
	for _, it := range items {
		want[it.addr()], keys[it.key] = it.key, true
	}
	if _, err := adopt(ctx, w, l, want); err != nil {
		return err
	}
	p, _ := plan.Compute(w.AnyMode(l))
	open := &plan.Plan{}
	for i := range p.Changes {
		if c := &p.Changes[i]; keys[c.Key] || keys[c.OldKey] {
			open.Changes = append(open.Changes, *c)
		}
	}
	if !open.Empty() {
		cost := w.Cost(open)
		if err := render.Plan(w.App.Stdout, open, cost, w.App.OutStyle()); err != nil {
			return app.Fail("The plan could not be written", text.Sentence(err))
		}
		return app.Fail("The import is not complete", fmt.Sprintf("Everything is in the files and in the state, but a plan would still change %s, as shown. "+
			"Fix the files until \"tmsync plan\" is empty.",
			text.Plural(len(open.Changes), "tracking")))
	}
	fmt.Fprintf(w.App.Stdout, "%s %s imported; a plan has nothing to do for them.\n",
		render.Success(w.App.OutStyle(), "Import complete!"), text.Plural(len(items), "tracking"))
	return nil
}

// filter chooses what to import from what the service has.
type filter func(l *tracking.Listing) func(*tracking.Remote) bool

// parseWhere reads the conditions of --where, all of which must hold.
func parseWhere(where []string, listed tracking.AttrSet) (filter, error) {
	var conditions []filter
	for _, s := range where {
		c, err := parseCondition(s, listed)
		if err != nil {
			return nil, err
		}
		conditions = append(conditions, c)
	}
	return func(l *tracking.Listing) func(*tracking.Remote) bool {
		var all []func(*tracking.Remote) bool
		for _, c := range conditions {
			all = append(all, c(l))
		}
		return func(r *tracking.Remote) bool {
			return !slices.ContainsFunc(all, func(holds func(*tracking.Remote) bool) bool { return !holds(r) })
		}
	}, nil
}

// parseCondition reads ATTRIBUTE=TEXT, or the pattern of a key. status is the
// live status, which is the one that the service reports. What is a key, a number or
// a carrier that the service has, letter by letter, is that alone.
func parseCondition(s string, listed tracking.AttrSet) (filter, error) {
	name, text, found := strings.Cut(s, "=")
	attr, isAttr := tracking.ParseAttr(name)
	switch {
	case !found && tracking.IsAddr(s):
		return nil, fmt.Errorf("%q is an address, and what is to be imported has none yet; use a key such as sto/*, or an attribute such as title=*shoes*", s)
	case !found:
		p, err := tracking.ParsePattern(s)
		if err != nil {
			return nil, fmt.Errorf("%q is neither a key such as sto/402934299065 or sto/*, nor an attribute such as title=*shoes* or status=transit", s)
		}
		return func(l *tracking.Listing) func(*tracking.Remote) bool {
			selected := tracking.Resolve([]tracking.Pattern{p}, func(yield func(tracking.Addr, tracking.Key) bool) {
				for i := range l.Items {
					if !yield("", l.Items[i].Key) {
						return
					}
				}
			})[0]
			return func(r *tracking.Remote) bool { return selected.MatchKey(r.Key) }
		}, nil
	case name == "carrier_code":
		return among(text, func(r *tracking.Remote) string { return r.Key.Carrier }), nil
	case name == "tracking_number":
		return among(text, func(r *tracking.Remote) string { return r.Key.Number }), nil
	case name == tracking.Status.String():
		return among(text, func(r *tracking.Remote) string { return r.Status }), nil
	case !isAttr || !listed.Has(attr):
		return nil, fmt.Errorf("%q is nothing that the service's list reports; it reports carrier_code, tracking_number, status, %s", name,
			listed)
	}
	return func(*tracking.Listing) func(*tracking.Remote) bool {
		return func(r *tracking.Remote) bool { return tracking.Glob(text, r.Attrs.Value(attr)) }
	}, nil
}

// among is the condition that a name is of the form of a pattern.
func among(pattern string, name func(*tracking.Remote) string) filter {
	return func(l *tracking.Listing) func(*tracking.Remote) bool {
		matches := tracking.GlobAmong(pattern, func(yield func(string) bool) {
			for i := range l.Items {
				if !yield(name(&l.Items[i])) {
					return
				}
			}
		})
		return func(r *tracking.Remote) bool { return matches(name(r)) }
	}
}
