package render_test

import (
	"bytes"
	"encoding/json"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/plan/plantest"
	"github.com/tmsync/tmsync/state"
)

// pretty indents a document, for the eyes of whoever reads the golden file.
func pretty(t *testing.T, v any) string {
	t.Helper()
	var b, out bytes.Buffer
	if err := text.WriteJSON(&b, v); err != nil {
		t.Fatal(err)
	}
	if err := json.Indent(&out, b.Bytes(), "", "  "); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPlanDocument(t *testing.T) {
	at := time.Date(2026, 9, 1, 12, 0, 0, 0, time.UTC)
	cost := plan.Cost{
		Estimate: plan.Estimate{Requests: []plan.EndpointCount{{Name: "batch", Count: 30}}, Total: 30, MinCredits: 1200, MaxCredits: 1202},
		Rate:     1, Facts: plan.Facts{Known: true, Credits: 9999},
	}
	golden.Check(t, "testdata/plan.json", pretty(t, render.NewPlanDocument(plantest.Everything(), cost, "0.1.0", at)))
	golden.Check(t, "testdata/plan.empty.json", pretty(t, render.NewPlanDocument(&plan.Plan{}, plan.Cost{}, "0.1.0", at)))
	drift := &plan.Plan{Counts: plan.Counts{RefreshOnly: true}, Changes: []plan.Change{
		{Addr: `trackings.o["x"]`, Action: plan.Refresh, Reason: plan.RemoteDrifted, Key: key("10001"), Fields: []plan.Field{
			{Attr: tracking.Title, From: "Ours", Known: true, To: "Hers", Drift: true},
			{Attr: tracking.OrderID, From: "hmac:x", Known: true, To: "clear", Drift: true, Secret: true},
		}},
	}}
	text := pretty(t, render.NewPlanDocument(drift, plan.Cost{}, "0.1.0", at))
	golden.Check(t, "testdata/plan.drift.json", text)
	if strings.Contains(text, "clear") {
		t.Error("a secret is in the document")
	}
}

func TestStateDocument(t *testing.T) {
	st := &state.State{Lineage: "l", Serial: 3, Tool: "0.1.0", Salt: "salt"}
	st.Records = []state.Record{
		{Addr: "tracking.a", Key: key("10001"), Status: "transit", PreventDestroy: true, OnRemove: tracking.RemoveArchive,
			Applied: st.Seal("10001", tracking.AttrsOf(map[tracking.Attr]string{
				tracking.Title: "Red", tracking.OrderID: "hush", tracking.CustomerName: "Ann", tracking.Archived: "true",
			}), tracking.AttrSetOf(tracking.OrderID))},
		{Addr: `tracking.b["x\n"] (deposed sto/1)`, Key: key("10002")},
	}
	golden.Check(t, "testdata/state.json", pretty(t, render.NewStateDocument(st)))
}

func TestValidationDocument(t *testing.T) {
	src := []byte("tracking \"a\" {\n  title = \"" + strings.Repeat("x", 300) + "\" oops\n}\n")
	at := bytes.Index(src, []byte("oops"))
	rng := hcl.Range{Filename: "main.hcl", Start: hcl.Pos{Line: 2, Column: 315, Byte: at}, End: hcl.Pos{Line: 2, Column: 319, Byte: at + 4}}
	doc := render.NewValidationDocument(hcl.Diagnostics{
		{Severity: hcl.DiagError, Summary: "Bad", Detail: "Why.", Subject: &rng},
		{Severity: hcl.DiagWarning, Summary: "Careful", Detail: "Everywhere."},
		{Severity: hcl.DiagError, Summary: "Elsewhere", Subject: &hcl.Range{Filename: "orders.csv", Start: hcl.Pos{Line: 9}}},
	}, map[string]*hcl.File{"main.hcl": {Bytes: src}})
	golden.Check(t, "testdata/validate.json", pretty(t, doc))
	snip := doc.Diagnostics[0].Snippet
	if got := snip.Code[snip.HighlightStartOffset:snip.HighlightEndOffset]; got != "oops" {
		t.Errorf("the snippet marks %q, want what the diagnostic is about", got)
	}
}

func TestValue(t *testing.T) {
	secret := cty.StringVal("Ann").Mark("sensitive")
	for want, v := range map[string]cty.Value{
		`"a \"b\""`:             cty.StringVal(`a "b"`),
		"12.5":                  cty.NumberVal(big.NewFloat(12.5)),
		"123456789012345678901": cty.MustParseNumberVal("123456789012345678901"),
		"true":                  cty.True,
		"null":                  cty.NullVal(cty.String),
		"[]":                    cty.EmptyTupleVal,
		"{}":                    cty.EmptyObjectVal,
		"(sensitive value)":     secret,
		"(known after apply)":   cty.UnknownVal(cty.String),
		"[\n  1,\n  {\n    a = (sensitive value)\n    \"b c\" = 2\n  },\n]": cty.TupleVal([]cty.Value{
			cty.NumberIntVal(1), cty.ObjectVal(map[string]cty.Value{"a": secret, "b c": cty.NumberIntVal(2)}),
		}),
		"{\n  \"k\" = \"v\"\n}": cty.MapVal(map[string]cty.Value{"k": cty.StringVal("v")}),
		"toset([\n  \"x\",\n])": cty.SetVal([]cty.Value{cty.StringVal("x")}),
		`"\u001b[2J"`:           cty.StringVal("\x1b[2J"),
	} {
		if diff := cmp.Diff(want, render.Value(v)); diff != "" {
			t.Errorf("value (-want +got):\n%s", diff)
		}
	}
}
