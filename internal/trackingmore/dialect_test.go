package trackingmore

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/tracking"
)

// What a service is said to offer is what its dialect can say, no more and no less.
func TestDialects(t *testing.T) {
	for _, s := range tracking.Services {
		t.Run(s.Name, func(t *testing.T) {
			d := DialectOf(s)
			if d == nil {
				t.Fatal("nobody can speak to it")
			}
			got := &tracking.Service{
				Calls: map[tracking.Op]tracking.Call{}, Queries: map[tracking.Query]tracking.Price{},
				List: tracking.Call{Name: callList, Max: d.limits.numbers}, Page: d.limits.page,
			}
			for op, c := range d.calls {
				call := tracking.Call{Name: c.name, Max: c.max}
				if c.one != nil {
					call.One = c.one.name
				}
				got.Calls[op] = call
			}
			for q := range d.queries {
				got.Queries[q] = s.Queries[q]
			}
			if d.account != "" {
				got.Account = tracking.Call{Name: callAccount, Max: 1}
			}
			for a := range tracking.AllAttrs() {
				wire := d.attrs[a]
				if wire.create != "" {
					got.OnCreate = got.OnCreate.With(a)
				}
				if wire.listed != "" {
					got.Listed = got.Listed.With(a)
				}
				if wire.change != "" {
					got.Put = got.Put.With(a)
				}
			}
			want := &tracking.Service{
				Calls: s.Calls, Queries: s.Queries, List: s.List, Page: s.Page, Account: s.Account,
				OnCreate: s.OnCreate, Put: s.Put | s.Update, Listed: s.Listed,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-said +spoken):\n%s", diff)
			}
			if s.Offers(tracking.OpUpdate) != (s.Update != 0) || s.Update&^s.Put != 0 {
				t.Errorf("many change %s, one changes %s", s.Update, s.Put)
			}
		})
	}
}
