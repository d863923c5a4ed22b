package engine

import (
	"slices"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state"
)

// outputChanges returns which outputs are not as they were last applied. A refresh
// applies nothing, so it leaves them alone. Where some trackings are left out, so are
// the outputs that are made of them, and those that are not made of trackings.
func (e *Engine) outputChanges(scope *plan.Scope, o PlanOptions) ([]plan.OutputChange, error) {
	if o.RefreshOnly {
		return nil, nil
	}
	whole := o.Selection.Everything()
	var left map[tracking.Addr]bool // by block, whether trackings are left out
	if !whole {
		left = e.leftOut(scope)
	}
	st := e.Session.State()
	var after []state.Output
	concerned := map[string]bool{}
	for i := range e.Config.Outputs {
		out := &e.Config.Outputs[i]
		if !whole && (len(out.Blocks) == 0 || slices.ContainsFunc(out.Blocks, func(b tracking.Addr) bool {
			some, known := left[b]
			return some || !known
		})) {
			continue
		}
		concerned[out.Name] = true
		if o.Destroy || isNull(out.Value) {
			continue
		}
		sealed, err := sealOutput(st, out)
		if err != nil {
			return nil, err
		}
		after = append(after, sealed)
	}
	var before []state.Output
	for _, out := range st.Outputs {
		if whole || concerned[out.Name] {
			before = append(before, out)
		}
	}
	return plan.CompareOutputs(before, after), nil
}

// Unapplied returns which of the configuration's outputs have not been applied: the
// state has them with other values, or not at all.
func (e *Engine) Unapplied() (map[string]bool, error) {
	st, names := e.Session.State(), map[string]bool{}
	for i := range e.Config.Outputs {
		out := &e.Config.Outputs[i]
		sealed, err := sealOutput(st, out)
		if err != nil {
			return nil, err
		}
		names[out.Name] = !slices.Contains(st.Outputs, sealed)
	}
	return names, nil
}

// isNull reports whether an output has no value: it is as if it were not there.
func isNull(v cty.Value) bool {
	v, _ = v.Unmark()
	return v.IsNull()
}

// leftOut reports of each block that declares trackings whether the plan leaves some out.
func (e *Engine) leftOut(scope *plan.Scope) map[tracking.Addr]bool {
	left := map[tracking.Addr]bool{}
	for i := range e.Config.Declared {
		d := &e.Config.Declared[i]
		block := d.Addr.Block()
		left[block] = left[block] || !scope.Selects(d.Addr)
	}
	return left
}

// sealOutput returns an output as the state remembers it.
func sealOutput(st *state.State, out *config.Output) (state.Output, error) {
	v, _ := out.Value.UnmarkDeep()
	typ, err := ctyjson.MarshalType(v.Type())
	if err != nil {
		return state.Output{}, Because(Failure, "The output "+out.Name+" could not be remembered", err)
	}
	value, err := ctyjson.Marshal(v, v.Type())
	if err != nil {
		return state.Output{}, Because(Failure, "The output "+out.Name+" could not be remembered", err)
	}
	return st.SealOutput(out.Name, out.Sensitive, typ, value), nil
}
