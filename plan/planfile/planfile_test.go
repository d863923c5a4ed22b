package planfile_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/plan/planfile"
	"github.com/tmsync/tmsync/plan/plantest"
	"github.com/tmsync/tmsync/state"
)

// What a test says often, in a word.
type world = plantest.World

var (
	newWorld  = plantest.New
	drawWorld = plantest.Draw
	mixed     = plantest.Mixed
	attrs     = plantest.Attrs
)

const month = 30 * 24 * time.Hour

// ours is a tracking that is declared with archive_after, and applied.
func ours(declared, applied string) *world {
	return newWorld().Declare("tracking.a", "sto/10001", declared, func(l *tracking.Lifecycle) { l.ArchiveAfter = month }).Applied("tracking.a", "sto/10001", applied)
}

var sealKey = planfile.NewKey("an-api-key", "lineage")

func header() planfile.Header {
	deletes := 7
	return planfile.Header{
		ID: "id", Tool: "0.1", Created: time.Date(2026, 9, 1, 12, 0, 0, 5, time.UTC), Lineage: "lineage", Serial: 4,
		Provider: "trackingmore", Endpoint: "https://api.example.org/v2",
		Options: planfile.Options{Targets: []string{"tracking.a"}, AllowDeletes: &deletes, Vars: []planfile.Var{{Assign: "x=1"}}},
	}
}

func saved(t interface{ Fatal(...any) }, p *plan.Plan) []byte {
	var b bytes.Buffer
	if err := planfile.Write(&b, sealKey, header(), p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func reread(t interface{ Fatal(...any) }, text []byte) *planfile.File {
	f, err := planfile.Read(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// forLooking leaves what a saved plan does not keep.
var forLooking = cmp.Options{
	cmpopts.IgnoreFields(plan.Plan{}, "Refreshed", "Relocated", "Failed", "Adopting", "AllVanished"),
	cmpopts.IgnoreFields(plan.Field{}, "Again"), // for the requests, which are planned anew
	cmpopts.IgnoreFields(plan.Change{}, "Declared", "Prior", "Record", "Seen"),
	cmpopts.EquateEmpty(),
	cmp.Transformer("clear", func(f plan.Field) plan.Field {
		if f.Sensitive() {
			f.From, f.To = "", ""
		}
		return f
	}),
}

// A saved plan shows what was planned, is trusted, and agrees with the same plan
// made anew.
func TestSavedPlan(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		p, _ := plan.Compute(w.Input())
		text := saved(t, p)
		f := reread(t, text)
		if !f.Verify(sealKey) || f.Verify(planfile.NewKey("another-key", "lineage")) || f.Verify(planfile.NewKey("an-api-key", "x")) {
			t.Fatal("the plan is trusted with this key, and with no other")
		}
		if diff := cmp.Diff(p, f.Plan(), forLooking); diff != "" {
			t.Fatalf("what was read differs (-saved +read):\n%s", diff)
		}
		again, _ := plan.Compute(w.Input())
		if diffs := f.Compare(sealKey, again, false); len(diffs) > 0 {
			t.Fatalf("the same plan differs: %v", diffs)
		}
		if !bytes.Equal(text, saved(t, again)) {
			t.Fatal("the same plan is saved in other bytes")
		}
	})
}

func TestSavedPlanHasNoSecrets(t *testing.T) {
	w := newWorld().
		Declare("tracking.a", "sto/10001", "title=Hush,customer_name=Ann,customer_phone=+4917").
		Declare("tracking.b", "sto/10002", "customer_email=ann@example.org").Applied("tracking.b", "sto/10002", "").There("sto/10002", "customer_email=bob@example.org")
	w.Declared[0].Secret = tracking.AttrSetOf(tracking.Title)
	p, _ := plan.Compute(w.Input())
	text := string(saved(t, p))
	for _, secret := range []string{"Hush", "Ann", "+4917", "ann@", "bob@"} {
		if strings.Contains(text, secret) {
			t.Errorf("the file contains %q", secret)
		}
	}
	if p := reread(t, []byte(text)).Plan(); !p.Changes[0].Fields[0].Sensitive() {
		t.Error("that the title is a secret is lost")
	}
	w.Declared[0].Attrs = attrs("title=Hush,customer_name=Bea,customer_phone=+4917")
	now, _ := plan.Compute(w.Input())
	want := []planfile.Difference{{Addr: "tracking.a", Action: plan.Create, Kind: planfile.Changed}}
	if diff := cmp.Diff(want, reread(t, []byte(text)).Compare(sealKey, now, false)); diff != "" {
		t.Errorf("another name (-want +got):\n%s", diff)
	}
}

// Whatever is changed in the file, it is not taken for what was saved.
func TestSavedPlanBits(t *testing.T) {
	p, _ := plan.Compute(mixed().Input())
	text := saved(t, p)
	for i := range text {
		for bit := range 8 {
			edited := bytes.Clone(text)
			edited[i] ^= 1 << bit
			if f, err := planfile.Read(bytes.NewReader(edited)); err == nil && f.Verify(sealKey) {
				t.Fatalf("bit %d of byte %d may be flipped", bit, i)
			}
		}
		if f, err := planfile.Read(bytes.NewReader(text[:i])); err == nil {
			t.Fatalf("the first %d of %d bytes are a plan: %v", i, len(text), f.ID)
		}
	}
	for name, edited := range map[string][]byte{
		"more":           append(bytes.Clone(text), '\n'),
		"twice":          append(bytes.Clone(text), text...),
		"a line less":    bytes.Join(append(bytes.SplitAfter(text, []byte("\n"))[:2:2], bytes.SplitAfter(text, []byte("\n"))[3:]...), nil),
		"a long line":    append(bytes.Repeat([]byte(" "), 2<<20), text...),
		"another format": bytes.Replace(text, []byte("tmsync-plan"), []byte("terraform"), 1),
		"nothing":        nil,
		"null":           []byte("null\n"),
		"many changes":   bytes.Replace(text, []byte(`"changes":7`), []byte(`"changes":999999999`), 1),
	} {
		if _, err := planfile.Read(bytes.NewReader(edited)); err == nil {
			t.Errorf("%s: it is read", name)
		}
	}
	_, err := planfile.Read(bytes.NewReader(bytes.Replace(text, []byte(`"version":1`), []byte(`"version":5`), 1)))
	if err == nil || !strings.Contains(err.Error(), "version 5") {
		t.Errorf("a later version: %v", err)
	}
}

// A seal has one text: whatever stands in the place of its last characters, or
// between them, it is another one.
func TestSavedPlanSealHasOneText(t *testing.T) {
	p, _ := plan.Compute(mixed().Input())
	text := saved(t, p)
	end := bytes.LastIndexByte(text, '"')
	trusted := func(edited []byte) bool {
		f, err := planfile.Read(bytes.NewReader(edited))
		return err == nil && f.Verify(sealKey)
	}
	if !trusted(text) {
		t.Fatal("the plan as it was saved is not trusted")
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/="
	for _, a := range alphabet {
		for _, b := range alphabet {
			edited := bytes.Clone(text)
			edited[end-2], edited[end-1] = byte(a), byte(b)
			if !bytes.Equal(edited, text) && trusted(edited) {
				t.Errorf("%c%c passes for %s", a, b, text[end-2:end])
			}
		}
	}
	for _, more := range []string{"=", "==", "A", `\n`, `\r\n`, " "} {
		for _, at := range []int{end, end - 1, end - 20} {
			if trusted(slices.Concat(text[:at], []byte(more), text[at:])) {
				t.Errorf("%q is overlooked %d characters before the end", more, end-at)
			}
		}
	}
}

// A version that is released is read and written as it was.
func TestSavedPlanVersions(t *testing.T) {
	requests := 40
	for _, tt := range []struct {
		version int
		edit    func(*planfile.Header)
		has     string
	}{
		{1, func(*planfile.Header) {}, `"options":{"targets":["tracking.a"],"allow_deletes":7,"vars":[{"var":"x=1"}]}`},
		{2, func(h *planfile.Header) { h.Data = &plan.DataCost{} }, `"data":{`},
		{3, func(h *planfile.Header) { h.Options.State = "prod.jsonl" }, `"state":"prod.jsonl"`},
		{3, func(h *planfile.Header) { h.Options.State, h.Data = "prod.jsonl", &plan.DataCost{} }, `"state":"prod.jsonl"`},
		{3, func(h *planfile.Header) { h.Options.MaxRequests = &requests }, `"max_requests":40`},
		{3, func(h *planfile.Header) { h.Options.AllowCredits = 300 }, `"allow_credits":300`},
		{3, func(h *planfile.Header) { h.Options.MaxDuration = "10m0s" }, `"max_duration":"10m0s"`},
		{4, func(h *planfile.Header) { h.Options.MaxDuration = "10m0s" },
			`"outputs":[{"name":"a","after":{"type":"number","value":3}},{"name":"b","before":{"type":["list","string"],"value":["<x>"]},"after":{"sensitive":true}},{"name":"c","before":{"type":"dynamic","value":null}}]`},
	} {
		p, _ := plan.Compute(mixed().Input())
		if tt.version == 4 {
			p.Outputs = []plan.OutputChange{
				{After: &state.Output{Name: "a", Type: `"number"`, Value: "3"}},
				{Before: &state.Output{Name: "b", Type: `["list","string"]`, Value: `["<x>"]`}, After: &state.Output{Name: "b", Sensitive: true, Sum: "hmac:AAAAAAAAAAAAAAAAAAAAAA"}},
				{Before: &state.Output{Name: "c", Type: `"dynamic"`, Value: "null"}},
			}
		}
		h := header()
		tt.edit(&h)
		var b bytes.Buffer
		if err := planfile.Write(&b, sealKey, h, p); err != nil {
			t.Fatal(err)
		}
		f := reread(t, b.Bytes())
		if f.Version != tt.version || !f.Verify(sealKey) || !strings.Contains(b.String(), tt.has) {
			t.Errorf("version %d, want %d with %s", f.Version, tt.version, tt.has)
		}
		if diff := cmp.Diff(h.Options, f.Options); diff != "" {
			t.Errorf("options mismatch (-want +got):\n%s", diff)
		}
		for i := range p.Outputs { // what the state knows by its fingerprint, the file does not
			if after := p.Outputs[i].After; after != nil {
				after.Sum = ""
			}
		}
		if diff := cmp.Diff(p.Outputs, f.Plan().Outputs); diff != "" {
			t.Errorf("outputs mismatch (-want +got):\n%s", diff)
		}
		for other := 1; other <= 4; other++ {
			edited := strings.Replace(b.String(), fmt.Sprintf(`"version":%d`, tt.version), fmt.Sprintf(`"version":%d`, other), 1)
			if _, err := planfile.Read(strings.NewReader(edited)); err == nil && other != tt.version {
				t.Errorf("version %d has %s", other, tt.has)
			}
		}
	}
}

func FuzzRead(f *testing.F) {
	p, _ := plan.Compute(mixed().Input())
	f.Add(saved(f, p))
	f.Add([]byte(`{"format":"tmsync-plan","version":1}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, err := planfile.Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		file.Plan()
		file.Compare(sealKey, &plan.Plan{}, true)
	})
}

// What has changed since is told; what an interruption has left is not taken for
// a change once the plan has been begun.
func TestCompare(t *testing.T) {
	tests := []struct {
		name      string
		then, now *world
		fresh     []planfile.Difference
		begun     []planfile.Difference
	}{
		{"somebody edited it", base().There("sto/10001", "title=Old"), base().There("sto/10001", "title=Hers"),
			one(plan.Update, planfile.Changed), one(plan.Update, planfile.Changed)},
		{"somebody did it", base().There("sto/10001", "title=Old"), base().There("sto/10001", "title=New"),
			one(plan.Update, planfile.NotNeeded), nil},
		{"it has vanished", base().There("sto/10001", "title=Old"), base(),
			one(plan.Create, planfile.Changed), one(plan.Create, planfile.Changed)},
		{"something new", base().There("sto/10001", "title=New"), base().There("sto/10001", "title=Old"),
			one(plan.Update, planfile.NotApproved), one(plan.Update, planfile.NotApproved)},
		{"created, and not archived", newWorld().Declare("tracking.a", "sto/10001", "title=x,archived=true"),
			newWorld().Declare("tracking.a", "sto/10001", "title=x,archived=true").Applied("tracking.a", "sto/10001", "title=x").There("sto/10001", "title=x"),
			one(plan.Update, planfile.Changed), nil},
		{"a part of an update", newWorld().Declare("tracking.a", "sto/10001", "title=x,customer_phone=+1").Applied("tracking.a", "sto/10001", "title=y,customer_phone=+2").There("sto/10001", "title=y"),
			newWorld().Declare("tracking.a", "sto/10001", "title=x,customer_phone=+1").Applied("tracking.a", "sto/10001", "title=x,customer_phone=+2").There("sto/10001", "title=x"),
			one(plan.Update, planfile.Changed), nil},
		{"what is to be deleted was edited", newWorld().Applied("tracking.a", "sto/10001", "").There("sto/10001", ""),
			newWorld().Applied("tracking.a", "sto/10001", "").There("sto/10001", "comment=keep"),
			one(plan.Delete, planfile.Changed), one(plan.Delete, planfile.Changed)},
		{"a live status moves", newWorld().Applied("tracking.a", "sto/10001", "").There("sto/10001", "", "transit"),
			newWorld().Applied("tracking.a", "sto/10001", "").There("sto/10001", "track_updates=false", "delivered"), nil, nil},
		{"the second half of a replacement", newWorld().Declare("tracking.a", "sto/10002", "").Applied("tracking.a", "sto/10001", "").There("sto/10001", ""),
			newWorld().Declare("tracking.a", "sto/10002", "").Applied("tracking.a", "sto/10002", "").Applied("tracking.a (deposed sto/10001)", "sto/10001", "").There("sto/10001", "").There("sto/10002", ""),
			[]planfile.Difference{{Addr: "tracking.a (deposed sto/10001)", Action: plan.Delete, Kind: planfile.Changed}}, nil},
		{"a carrier change, and then its title", newWorld().Declare("tracking.a", "zto/10001", "title=x").Applied("tracking.a", "sto/10001", "").There("sto/10001", ""),
			newWorld().Declare("tracking.a", "zto/10001", "title=x").Applied("tracking.a", "zto/10001", "").There("zto/10001", ""),
			one(plan.Update, planfile.Changed), nil},
		{"it has been archived", ours("", "").There("sto/10001", "", "delivered").Ago(2 * month), ours("", "archived=true").There("sto/10001", "archived=true", "delivered").Ago(2 * month),
			one(plan.Archive, planfile.NotNeeded), nil},
		{"it is due only now", ours("", "").There("sto/10001", "", "transit"), ours("", "").There("sto/10001", "", "delivered").Ago(2 * month),
			one(plan.Archive, planfile.NotApproved), one(plan.Archive, planfile.NotApproved)},
		{"it is on its way again", ours("", "").There("sto/10001", "", "delivered").Ago(2 * month), ours("", "").There("sto/10001", "", "transit"),
			one(plan.Archive, planfile.NotNeeded), nil},
		{"archived, and still updated", ours("track_updates=false", "").There("sto/10001", "", "delivered").Ago(2 * month),
			ours("track_updates=false", "archived=true").There("sto/10001", "archived=true", "delivered").Ago(2 * month), one(plan.Update, planfile.Changed), nil},
		{"archived, and edited by somebody", ours("title=x", "title=x").There("sto/10001", "title=x", "delivered").Ago(2 * month),
			ours("title=x", "title=x").There("sto/10001", "title=y", "delivered").Ago(2 * month), one(plan.Archive, planfile.Changed), one(plan.Archive, planfile.Changed)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			then, _ := plan.Compute(tt.then.Input())
			tt.now.Prior.Salt = tt.then.Prior.Salt
			now, _ := plan.Compute(tt.now.Input())
			f := reread(t, saved(t, then))
			if diff := cmp.Diff(tt.fresh, f.Compare(sealKey, now, false)); diff != "" {
				t.Errorf("not begun (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(tt.begun, f.Compare(sealKey, now, true)); diff != "" {
				t.Errorf("begun (-want +got):\n%s", diff)
			}
		})
	}
}

func base() *world {
	return newWorld().Declare("tracking.a", "sto/10001", "title=New").Applied("tracking.a", "sto/10001", "title=Old")
}

func one(a plan.Action, kind planfile.DifferenceKind) []planfile.Difference {
	return []planfile.Difference{{Addr: "tracking.a", Action: a, Kind: kind}}
}
