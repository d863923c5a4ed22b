package render_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/text/texttest"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

func output(name, typ, value string) *state.Output {
	return &state.Output{Name: name, Type: typ, Value: value}
}

func hidden(name string, sensitive bool) *state.Output {
	return &state.Output{Name: name, Sensitive: sensitive, Sum: "hmac:AAAAAAAAAAAAAAAAAAAAAA"}
}

// TestOutputLines shows outputs that change as Terraform does.
func TestOutputLines(t *testing.T) {
	const list, object = `["list","string"]`, `["object",{"a":"number","b-c":["list","string"],"d e":"bool"}]`
	tests := []struct {
		name          string
		before, after *state.Output
		want          string
	}{
		{"new", nil, output("n", `"number"`, "3"), `
  + n = 3`},
		{"changed", output("n", `"number"`, "3"), output("n", `"string"`, `"3"`), `
  ~ n = 3 -> "3"`},
		{"gone", output("n", `"bool"`, "true"), nil, `
  - n = true -> null`},
		{"null", output("n", `"dynamic"`, "null"), output("n", `"string"`, `"\u001b[31m"`), `
  ~ n = null -> "\u001b[31m"`},
		{"sensitive", nil, hidden("n", true), `
  + n = (sensitive value)`},
		{"not sensitive any more", hidden("n", true), output("n", `"number"`, "3"), `
  ~ n = (sensitive value)`},
		{"sensitive, gone", hidden("n", true), nil, `
  - n = (sensitive value) -> null`},
		{"long", nil, hidden("n", false), `
  + n = (long value)`},
		{"long, changed", hidden("n", false), hidden("n", false), `
  ~ n = (changed)`},
		{"long, short now", hidden("n", false), output("n", `"number"`, "3"), `
  ~ n = (changed)`},
		{"of another key", &state.Output{Name: "n"}, output("n", `"number"`, "3"), `
  ~ n = (changed)`},
		{"a huge number", output("n", `"number"`, "1e999999999"), output("n", `"number"`, "3"), `
  ~ n = (changed)`},
		{"not of its type", output("n", `"number"`, `["x"]`), output("n", `"number"`, "3"), `
  ~ n = (changed)`},
		{"no type", output("n", `["capsule"]`, `1`), output("n", `"number"`, "3"), `
  ~ n = (changed)`},
		{"a new list", nil, output("n", list, `["a","b"]`), `
  + n = [
      + "a",
      + "b",
    ]`},
		{"a list", output("n", list, `["a","b","c","d"]`), output("n", list, `["a","x","c","d","e"]`), `
  ~ n = [
        # (1 unchanged element hidden)
      - "b",
      + "x",
        # (2 unchanged elements hidden)
      + "e",
    ]`},
		{"an empty list", output("n", list, `["a"]`), output("n", list, `[]`), `
  ~ n = [
      - "a",
    ]`},
		{"a set", output("n", `["set","string"]`, `["a","b"]`), output("n", `["set","string"]`, `["b","c"]`), `
  ~ n = toset([
      - "a",
        # (1 unchanged element hidden)
      + "c",
    ])`},
		{"an object", output("n", object, `{"a":1,"b-c":["x"],"d e":true}`), output("n", object, `{"a":2,"b-c":["x","y"],"d e":true}`), `
  ~ n = {
      ~ a     = 1 -> 2
      ~ b-c   = [
            # (1 unchanged element hidden)
          + "y",
        ]
        # (1 unchanged attribute hidden)
    }`},
		{"a map", output("n", `["map","number"]`, `{"a":1,"b":2}`), output("n", `["map","number"]`, `{"b":2,"cc":3}`), `
  ~ n = {
      - a  = 1 -> null
      + cc = 3
        # (1 unchanged attribute hidden)
    }`},
		{"something else", output("n", list, `["a"]`), output("n", `["map","number"]`, `{"b":2}`), `
  ~ n = [
      "a",
    ] -> {
      "b" = 2
    }`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := &plan.Plan{Outputs: []plan.OutputChange{{Before: tt.before, After: tt.after}}}
			got := "\n" + strings.Join(render.OutputLines(p, render.Style{}), "\n")
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			doc, err := json.Marshal(render.NewPlanDocument(p, plan.Cost{}, "0.1.0", time.Time{}).OutputChanges)
			if err != nil || strings.Contains(string(doc), "hmac:") {
				t.Errorf("as JSON: %v\n%s", err, doc)
			}
		})
	}
}

// Whatever a value says, it steers no terminal and is one string in JSON.
func TestOutputsThatMeanIll(t *testing.T) {
	for name, attack := range texttest.Attacks(t) {
		s, _ := json.Marshal(attack)
		was, is := output("n", `["map","string"]`, fmt.Sprintf(`{%s:"x"}`, s)), output("n", `["map","string"]`, fmt.Sprintf(`{%s:%s}`, s, s))
		p := &plan.Plan{Outputs: []plan.OutputChange{{After: is}, {Before: was, After: is}, {Before: is}}}
		for _, line := range render.OutputLines(p, render.Style{}) {
			texttest.Check(t, "terminal", line)
		}
		var b strings.Builder
		if err := errors.Join(
			render.State(&b, &state.State{Outputs: []state.Output{*is}}, render.Style{}),
			text.WriteJSON(&b, render.NewPlanDocument(p, plan.Cost{}, "0.1.0", time.Time{}).OutputChanges),
			text.WriteJSON(&b, render.NewStateDocument(&state.State{Outputs: []state.Output{*is}})),
		); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		texttest.Check(t, "lines", b.String())
	}
}

// TestOnlyOutputs: a plan that changes outputs alone says so, and counts no request.
func TestOnlyOutputs(t *testing.T) {
	p := &plan.Plan{Counts: plan.Counts{Declared: 2, Unchanged: 2}, Outputs: []plan.OutputChange{
		{After: output("a", `"number"`, "3")}, {Before: output("long", `"number"`, "3"), After: output("long", `"number"`, "4")},
	}}
	for _, tt := range []struct {
		style render.Style
		want  string
	}{
		{render.Style{}, `Plan: 2 outputs to change. Trackings: 2 unchanged.

Changes to Outputs:
  + a    = 3
  ~ long = 3 -> 4

Applying this plan saves the new output values and changes nothing at the service.
`},
		{render.Style{Summary: true}, `Plan: 2 outputs to change. Trackings: 2 unchanged.
`},
	} {
		var b strings.Builder
		if err := render.Plan(&b, p, plan.Cost{}, tt.style); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, b.String()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}
