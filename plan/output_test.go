package plan_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// Whatever the outputs were: with their changes they are what they are to be, nothing
// is left to change then, and none is named that stays.
func TestCompareOutputs(t *testing.T) {
	some := rapid.Custom(func(t *rapid.T) []state.Output {
		values := rapid.MapOf(rapid.SampledFrom([]string{"a", "b", "c", "d"}), rapid.SampledFrom([]string{"1", "2"})).Draw(t, "values")
		var outputs []state.Output
		for _, name := range slices.Sorted(maps.Keys(values)) {
			outputs = append(outputs, state.Output{Name: name, Sensitive: rapid.Bool().Draw(t, "sensitive"), Sum: values[name]})
		}
		return outputs
	})
	rapid.Check(t, func(t *rapid.T) {
		before, after := some.Draw(t, "before"), some.Draw(t, "after")
		changes := plan.CompareOutputs(before, after)
		got := plan.ApplyOutputs(before, changes)
		if diff := cmp.Diff(after, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("with its changes (-want +got):\n%s", diff)
		}
		if left := plan.CompareOutputs(got, after); len(left) > 0 {
			t.Fatalf("left to change: %v", left)
		}
		for i, c := range changes {
			if i > 0 && changes[i-1].Name() >= c.Name() {
				t.Fatalf("%s comes after %s", c.Name(), changes[i-1].Name())
			}
			if slices.ContainsFunc(before, func(o state.Output) bool { return slices.Contains(after, o) && o.Name == c.Name() }) {
				t.Fatalf("%s stays", c.Name())
			}
		}
	})
}

// Who declares an output sensitive does not want to read its value before in a report.
func TestOutputBecomesSensitive(t *testing.T) {
	clear := state.Output{Name: "pin", Type: `"string"`, Value: `"hunter2"`}
	secret := state.Output{Name: "pin", Sensitive: true, Sum: "hmac:1"}
	want := []plan.OutputChange{{Before: &state.Output{Name: "pin", Sensitive: true}, After: &secret}}
	if diff := cmp.Diff(want, plan.CompareOutputs([]state.Output{clear}, []state.Output{secret})); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if clear.Value == "" {
		t.Error("the state has lost it")
	}
}
