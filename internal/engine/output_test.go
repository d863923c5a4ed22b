package engine_test

import (
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/plan"
)

// twoOutputs is made of one parcel each, a third of both, and one of none.
const twoOutputs = twoParcels + `
output "lamp" {
  value = tracking.lamp.title
}
output "chair" {
  value = tracking.chair.tracking_number
}
output "both" {
  value = [tracking.lamp.title, tracking.chair.title]
}
output "none" {
  value = 1
}
`

// outputsPlanned plans and returns what becomes of the outputs alone.
func (p *place) outputsPlanned(o engine.PlanOptions) (names string) {
	p.Helper()
	p.with(engine.Reading, func(e *engine.Engine) {
		planned, _ := p.plan(e, o)
		for i := range planned.Outputs {
			c := &planned.Outputs[i]
			names += map[plan.Action]string{plan.Create: "+", plan.Update: "~", plan.Delete: "-"}[c.Action()] + c.Name() + " "
		}
	})
	return strings.TrimSpace(names)
}

func targeting(names ...string) engine.PlanOptions {
	patterns, _ := tracking.ParsePatterns(names)
	return engine.PlanOptions{Selection: plan.Selection{Targets: patterns}}
}

// Outputs are compared with those that were last applied, and an apply that has nothing
// else to do asks the service for nothing.
func TestOutputs(t *testing.T) {
	p := newPlace(t, twoOutputs)
	p.check("first plan", "+both +chair +lamp +none", p.outputsPlanned(engine.PlanOptions{}))
	p.apply(engine.PlanOptions{})
	p.settled()

	p.declare(strings.Replace(twoOutputs, "value = 1", "value = 2", 1))
	p.check("another value", "~none", p.outputsPlanned(engine.PlanOptions{}))
	p.declare(strings.Replace(twoOutputs, "value = 1", "value = \"1\"", 1))
	p.check("another type", "~none", p.outputsPlanned(engine.PlanOptions{}))
	p.declare(strings.Replace(twoOutputs, "value = 1", "value = 1\n  sensitive = true", 1))
	p.check("sensitive now", "~none", p.outputsPlanned(engine.PlanOptions{}))
	before := p.srv.Requests()
	p.apply(engine.PlanOptions{Refresh: engine.RefreshNone})
	p.check("requests", before, p.srv.Requests())
	p.settled()
	p.declare(strings.Replace(twoOutputs, "value = 1", "value = 3\n  sensitive = true", 1))
	p.check("another sensitive value", "~none", p.outputsPlanned(engine.PlanOptions{}))
	p.declare(twoParcels)
	p.check("not declared any more", "-both -chair -lamp -none", p.outputsPlanned(engine.PlanOptions{}))
	p.apply(engine.PlanOptions{})
	p.settled()
}

// What a plan leaves out, it leaves as it was: a refresh applies nothing, and with
// --target only those outputs are applied that are made of nothing else.
func TestOutputsLeftAlone(t *testing.T) {
	p := newPlace(t, twoOutputs)
	p.check("a refresh", "", p.outputsPlanned(engine.PlanOptions{RefreshOnly: true}))
	p.check("lamp", "+lamp", p.outputsPlanned(targeting("tracking.lamp")))
	p.check("both", "+both +chair +lamp", p.outputsPlanned(targeting("tracking.lamp", "tracking.chair")))
	p.apply(targeting("tracking.lamp"))
	p.check("the rest", "+both +chair +none", p.outputsPlanned(engine.PlanOptions{}))
	p.apply(engine.PlanOptions{})
	p.settled()

	destroy := targeting("tracking.lamp")
	destroy.Destroy = true
	p.check("lamp destroyed", "-lamp", p.outputsPlanned(destroy))
	p.check("all destroyed", "-both -chair -lamp -none", p.outputsPlanned(engine.PlanOptions{Destroy: true}))
	p.declare(strings.Replace(twoOutputs, `output "none" {`, `output "other" {`, 1))
	p.check("what is not declared, with a target", "", p.outputsPlanned(targeting("tracking.lamp")))
	p.check("without", "-none +other", p.outputsPlanned(engine.PlanOptions{}))
	p.apply(engine.PlanOptions{})
	p.settled()

	// Of some trackings of a block nothing is said that is made of all of them.
	many := strings.Replace(twoParcels, `tracking "lamp" {`, "tracking \"lamp\" {\n  for_each = { a = \"402934299071\", b = \"402934299072\" }", 1) +
		"output \"lamps\" {\n  value = length(tracking.lamp)\n}\n"
	p = newPlace(t, strings.Replace(many, `"1234567890"`, "each.value", 1))
	p.check("one of two", "", p.outputsPlanned(targeting(`tracking.lamp["a"]`)))
	p.check("two of two", "+lamps", p.outputsPlanned(targeting("tracking.lamp")))
	p.apply(engine.PlanOptions{})
	p.settled()
}
