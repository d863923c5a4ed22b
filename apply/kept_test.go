package apply_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
	"github.com/tmsync/tmsync/plan"
)

// keptCase is a service that keeps an attribute in another form than it was sent.
type keptCase struct {
	rewrite       string
	attr          string
	value, form   string             // what is declared, and what the service makes of it
	value2, form2 string             // the same of what is declared then; "" for nothing
	edit          func(*sandbox.Row) // what somebody else does; nil for nothing
}

const longTitle = "A parcel with a title that is longer than fifty characters"

var keptCases = []keptCase{
	{rewrite: "cut=50", attr: "title", value: longTitle, form: longTitle[:50], value2: "B" + longTitle, form2: ("B" + longTitle)[:50], edit: func(r *sandbox.Row) { r.Title = "Hers" }},
	{rewrite: "cut=50", attr: "title", value: longTitle, form: longTitle[:50], value2: longTitle + "!", form2: longTitle[:50], edit: func(r *sandbox.Row) { r.Title = "" }},
	{rewrite: "escape", attr: "title", value: "Shoes & shirts", form: "Shoes &amp; shirts", value2: "Shirts & shoes", form2: "Shirts &amp; shoes", edit: func(r *sandbox.Row) { r.Title = "Shoes" }},
	{rewrite: "bmp", attr: "customer_name", value: "Ann 🎉", form: "Ann ", value2: "Bea 🎉", form2: "Bea ", edit: func(r *sandbox.Row) { r.CustomerName = "Eve" }},
	{rewrite: "bmp", attr: "title", value: "🎉", form: "", value2: "🎉🎉", form2: "", edit: func(r *sandbox.Row) { r.Title = "Hers" }},
	{rewrite: "lower", attr: "customer_email", value: "Ann@Example.org", form: "ann@example.org", value2: "Bea@Example.org", form2: "bea@example.org", edit: func(r *sandbox.Row) { r.CustomerEmail = "eve@example.org" }},
	{rewrite: "tags", attr: "order_id", value: "<b>A-1</b>", form: "A-1", value2: "<b>A-2</b>", form2: "A-2", edit: func(r *sandbox.Row) { r.OrderID = "A-9" }},
	{rewrite: "trim", attr: "title", value: "Red", form: "Red", value2: "Blue", form2: "Blue", edit: func(r *sandbox.Row) { r.Title = "Hers" }},
	{rewrite: "escape", attr: "comment", value: "to & fro", form: "to &amp; fro", value2: "fro & to", form2: "fro &amp; to", edit: func(r *sandbox.Row) { r.Comment = "hers" }},
	{rewrite: "date", attr: "order_create_time", value: "2026-08-27 16:51", form: "2026-08-27 00:00", value2: "2026-08-28 16:51", form2: "2026-08-28 00:00", edit: func(r *sandbox.Row) { r.OrderCreateTime = "2026-01-01 00:00" }},
	{rewrite: "archived", attr: "archived", value: "true", form: "false"},
	{rewrite: "status", attr: "status", value: "delivered", form: "pending", edit: func(r *sandbox.Row) { r.Status = "transit" }},
}

// TestKept wants that what the service keeps in another form is sent twice at most,
// once where only a create can, and that real drift
// from that form and a new declaration are still seen.
func TestKept(t *testing.T) {
	for _, tc := range keptCases {
		for _, dialect := range []*trackingmore.Dialect{trackingmore.TrackingMore(), trackingmore.Trackru()} {
			for _, echo := range []string{"what is kept", "what was sent"} {
				t.Run(fmt.Sprintf("%s/%s/%s/%s", tc.rewrite, tc.attr, dialect.Service().Name, echo), func(t *testing.T) {
					t.Parallel()
					testKept(t, &tc, dialect, echo == "what was sent")
				})
			}
		}
	}
}

func testKept(t *testing.T, tc *keptCase, dialect *trackingmore.Dialect, echo bool) {
	s := newShop(t, sandbox.Options{Rewrites: rewrites(t, tc.rewrite, echo)})
	s.dialect = dialect
	a, _ := tracking.ParseAttr(tc.attr)
	form := tc.form
	s.declare("tracking.a", "sto/10001", tc.attr+"="+tc.value)
	s.declare("tracking.b", "sto/10002", "title=Plain")
	mustComplete(t, s.apply())
	if dialect.Service().CreateOnly(a) || !echo && dialect.Service().OnCreate.Has(a) && tc.form != "" {
		s.mustBeEmpty() // and no replacement; or the answer has shown it
	}
	mustComplete(t, s.apply())
	s.mustBeEmpty()
	s.wantKept(tc.attr, tc.form)
	mustComplete(t, s.apply()) // notes it
	s.writes()
	mustComplete(t, s.apply())
	if got := s.writes(); got != "" {
		t.Errorf("a value that is kept is sent again: %s", got)
	}
	s.wantKept(tc.attr, tc.form)

	if tc.edit != nil {
		s.edit("sto/10001", tc.edit)
		p := s.planned()
		if len(p.Changes) != 1 || p.Changes[0].Key.Number != "10001" || len(p.Changes[0].Fields) != 1 || !p.Changes[0].Fields[0].Drift {
			t.Fatalf("real drift is not found, or something else: %s", describe(p))
		}
		mustComplete(t, s.apply())
		s.mustBeEmpty()
		if tc.attr == "status" { // which stays what somebody has made of it
			form = "transit"
		}
		s.wantKept(tc.attr, form)
	}
	if tc.value2 != "" {
		s.declare("tracking.a", "sto/10001", tc.attr+"="+tc.value2)
		p := s.planned()
		if len(p.Changes) != 1 || p.Changes[0].Fields[0].Drift {
			t.Fatalf("the declaration has changed, and the plan is%s", describe(p))
		}
		mustComplete(t, s.apply())
		mustComplete(t, s.apply())
		s.mustBeEmpty()
		s.wantKept(tc.attr, tc.form2)
	}
	if !dialect.Service().CreateOnly(a) {
		s.createdOnce(2)
	}
	text, err := os.ReadFile(filepath.Join(s.dir, "tmsync.state.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"Ann", "Bea", "ann@", "bea@"} {
		if strings.Contains(string(text), secret) {
			t.Errorf("the state has %q in clear:\n%s", secret, text)
		}
	}
}

func mustComplete(t *testing.T, rep *apply.Report) {
	t.Helper()
	if !rep.Complete() {
		t.Fatalf("the apply is not complete: %v %+v", rep.Err, rep.Results)
	}
}

func rewrites(t *testing.T, kind string, echo bool) (out []sandbox.Rewrite) {
	t.Helper()
	kinds := []string{kind}
	if echo {
		kinds = append(kinds, "echo")
	}
	for _, kind := range kinds {
		r, err := sandbox.ParseRewrite(kind)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, r)
	}
	return out
}

// planned is what an apply would do now.
func (s *shop) planned() *plan.Plan {
	s.t.Helper()
	session := s.open()
	defer session.Close()
	p, _ := s.plan(session, s.client())
	return p
}

// wantKept wants the plan to say that the service keeps an attribute in this form,
// unless that is what is declared.
func (s *shop) wantKept(attr, form string) {
	s.t.Helper()
	a, _ := tracking.ParseAttr(attr)
	p := s.planned()
	var got []string
	for _, k := range p.Kept {
		got = append(got, fmt.Sprintf("%s %s=%s", k.Key, k.Attr, k.Form))
	}
	var want []string
	if i := slices.IndexFunc(s.declared, func(d tracking.Declared) bool { return d.Addr == "tracking.a" }); s.declared[i].Attrs.Value(a) != form {
		want = []string{fmt.Sprintf("sto/10001 %s=%s", attr, strings.TrimSpace(form))}
	}
	if !slices.Equal(got, want) || p.Counts.Kept != len(want) {
		s.t.Errorf("the plan says that the service keeps %q, want %q", got, want)
	}
}

// A list that lags behind shows what was there before a value was sent once more. That
// is not taken for what the service makes of it.
func TestKeptNotLagging(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		srv, err := sandbox.New(sandbox.Options{ReadLag: 4 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		s := &shop{t: t, dir: dir, srv: srv, dialect: trackingmore.TrackingMore(), refresh: true}
		s.declare("tracking.a", "sto/10001", "title=Red")
		mustComplete(t, s.apply())
		time.Sleep(time.Minute)
		s.edit("sto/10001", func(r *sandbox.Row) { r.Title = "Hers" })
		time.Sleep(time.Minute)
		mustComplete(t, s.apply())
		s.last = time.Now()
		if p := s.planned(); !p.Empty() || len(p.Kept) > 0 {
			t.Errorf("just after it was restored, the plan is %s, and keeps %v", describe(p), p.Kept)
		}
		s.last = time.Time{} // as if another machine had sent it: the list still shows what was there before
		mustComplete(t, s.apply())
		time.Sleep(time.Minute)
		s.edit("sto/10001", func(r *sandbox.Row) { r.Title = "Theirs" })
		time.Sleep(time.Minute)
		if p := s.planned(); p.Count(plan.Update) != 1 {
			t.Errorf("what was changed since is not found: %s, %v", describe(p), p.Kept)
		}
	})
}

// An update whose answer names nothing is read back, and what the service makes of it
// is no reason to send it for ever.
func TestKeptReadBack(t *testing.T) {
	s := newShop(t, sandbox.Options{Rewrites: rewrites(t, "escape", true), V2: map[string]string{"update": "empty"}})
	s.declareMany(0, 3, "title=Plain")
	s.mustApply()
	s.declareMany(0, 3, "title=A & B")
	s.writes()
	mustComplete(t, s.apply())
	if got, want := s.writes(), "2 updatemore"; got != want {
		t.Errorf("the apply sends %q, want %q", got, want)
	}
	s.mustBeEmpty()
	s.declareMany(0, 3, "title=A & C")
	mustComplete(t, s.apply())
	s.mustBeEmpty()
}

// A create whose answer was lost is known as ours by what the service usually makes of
// texts, and by nothing that somebody else may have written.
func TestKeptCreateInDoubt(t *testing.T) {
	for _, tc := range []struct {
		rewrite, title, shown string // shown: what somebody else has made; "" for nothing
		ours                  bool
	}{
		{rewrite: "escape", title: "Red & blue", ours: true},
		{rewrite: "cut=50", title: longTitle, ours: true},
		{rewrite: "bmp", title: "Red 🎉", ours: true},
		{rewrite: "tags", title: "<b>Red</b>", ours: true},
		{rewrite: "cut=5", title: "Red shoes"},
		{rewrite: "escape", title: "Red & blue", shown: "Red"},
	} {
		t.Run(tc.rewrite+" "+tc.title+" "+tc.shown, func(t *testing.T) {
			s := newShop(t, sandbox.Options{Rewrites: rewrites(t, tc.rewrite, true)})
			s.declare("tracking.a", "sto/10001", "title="+tc.title)
			fault := "post:drop-applied"
			if tc.shown != "" {
				fault = "post:drop"
			}
			s.fault(fault)
			s.fault("list:2+:code=4012")
			if rep := s.apply(); rep.Count(apply.InDoubt) != 1 {
				t.Fatalf("nothing is in doubt: %+v", rep.Results)
			}
			s.srv.ClearFaults()
			if tc.shown != "" {
				s.makeTheirs("sto/10001", tc.shown)
			}
			s.remove("tracking.a")
			mustComplete(t, s.apply())
			if _, there := s.srv.Row(sandbox.Key{Carrier: "sto", Number: "10001"}); there == tc.ours {
				t.Errorf("it is at the service: %t; it was ours: %t", there, tc.ours)
			}
		})
	}
}

// TestShownOtherwise looks at what the report of an apply says when answers show another
// value than was sent.
func TestShownOtherwise(t *testing.T) {
	const summary = "The service shows values otherwise than they were sent"
	for name, tt := range map[string]struct {
		answers  map[string]string
		rewrites []string
		attrs    string
		want     string // "" for nothing
	}{
		"not cleared":        {map[string]string{"clear": "kept"}, nil, "title=", `tracking.a title: "Red" is still shown, and was to be cleared`},
		"nothing is shown":   {map[string]string{"clear": "kept", "put": "sent"}, nil, "title=", ""},
		"clearing refused":   {map[string]string{"clear": "refused"}, nil, "title=", `tracking.a title: the service refuses to clear it, so that "Red" stays`},
		"secret refused":     {map[string]string{"clear": "refused"}, nil, "title=Red,customer_phone=", "tracking.a customer_phone: the service refuses to clear it\n"},
		"cleared":            {map[string]string{"clear": "wiped"}, nil, "title=", ""},
		"escaped":            {nil, []string{"escape"}, "title=A & B", `tracking.a title: "A & B" was sent, "A &amp; B" is shown`},
		"secret, in its way": {nil, []string{"lower"}, "title=Red,customer_email=Ann@example.org", "tracking.a customer_email: another value is shown than was sent"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				o := sandbox.Options{V4: tt.answers}
				for _, text := range tt.rewrites {
					r, err := sandbox.ParseRewrite(text)
					if err != nil {
						t.Fatal(err)
					}
					o.Rewrites = append(o.Rewrites, r)
				}
				srv, err := sandbox.New(o)
				if err != nil {
					t.Fatal(err)
				}
				s := &shop{t: t, dir: dir, srv: srv, dialect: trackingmore.TrackingMoreV4(), refresh: true, lag: -1}
				s.declare("tracking.a", "sto/10001", "title=Red,customer_phone=+491,customer_email=b@example.org")
				s.settles()
				s.remove("tracking.a")
				s.declare("tracking.a", "sto/10001", tt.attrs)
				got := ""
				for _, d := range s.apply().Diagnostics() {
					if d.Summary == summary {
						got = d.Detail
					}
				}
				if !strings.Contains(got, tt.want) || (tt.want == "") != (got == "") || strings.Contains(strings.ToLower(got), "example") {
					t.Errorf("the report says %q, want %q", got, tt.want)
				}
				s.settles()
				for _, d := range s.apply().Diagnostics() {
					t.Errorf("once more: %s", d.Detail)
				}
			})
		})
	}
}
