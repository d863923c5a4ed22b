package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// budget bounds what the expressions of a configuration may do, because an
// evaluation cannot be interrupted. It counts, so that what is refused is the
// same on every machine: steps, each about a tenth of a microsecond of work, and
// an estimate of the memory that values take.
//
// What is done once because it is written once costs nothing. What counts is
// what multiplies: rounds of loops, elements and bytes that functions are given
// and give back, texts that templates put together (meter.go).
type budget struct {
	steps int // left
	total int // of them, in the beginning
	limit int // of bytes
	bytes int // what the expression in progress has made, and held
	held  int // what local values and collections being expanded take

	skipped bool // rounds of a loop that fails were passed over

	marked map[string]bool       // whether a variable or a local value has sensitive parts
	stop   *hcl.Diagnostic       // why there is none left
	report func(*hcl.Diagnostic) // is told of it
}

// stopped is the panic that ends an evaluation beyond the budget. Functions of
// cty recover from panics, so what counts is that budget.stop is set.
type stopped struct{}

// place is an expression that pays.
type place interface{ Range() hcl.Range }

// somewhere is a place that is no expression.
type somewhere hcl.Range

// Range implements place.
func (s somewhere) Range() hcl.Range { return hcl.Range(s) }

func newBudget(steps, bytes int, report func(*hcl.Diagnostic)) *budget {
	return &budget{steps: steps, total: steps, limit: bytes, marked: map[string]bool{}, report: report}
}

// spend counts steps, or ends the evaluation. Inside of functions, which do not
// know where they are called, at is nil.
func (b *budget) spend(steps int, at place) {
	if b.stop != nil {
		panic(stopped{})
	}
	if b.steps -= steps; b.steps < 0 {
		b.refuse(at, "Too much to evaluate", fmt.Sprintf("The expressions of a configuration may take %d million steps in all, and %d more for each tracking; with this one they take more. Loops within loops multiply steps. Large data belongs into a CSV file, which a trackings block reads without such a bound.", maxSteps/1_000_000, stepsPerTracking))
	}
}

// owe counts steps where the evaluation cannot be ended. That happens when the
// next ones are spent.
func (b *budget) owe(steps int) { b.steps -= steps }

// take counts memory, or ends the evaluation.
func (b *budget) take(bytes int, at place) {
	if b.bytes += bytes; b.bytes > b.limit {
		b.refuse(at, "Too much data in expressions", fmt.Sprintf("The values of expressions may take about %s of memory; with this one they take more. Large data belongs into a CSV file, which a trackings block reads without such a bound.", sizeText(maxBytes)))
	}
}

// refuse ends the evaluation for good. Only the first reason is told.
func (b *budget) refuse(at place, summary, detail string) {
	if b.stop == nil {
		b.stop = newError(nil, summary, detail)
		b.blame(at)
		b.report(b.stop)
	}
	panic(stopped{})
}

// blame says where the budget was spent, unless that is known.
func (b *budget) blame(at place) {
	if b.stop.Subject == nil && at != nil {
		b.stop.Subject = at.Range().Ptr()
	}
}

// within carries out what spends, and says whether it came to its end.
func (b *budget) within(do func()) (ok bool) {
	defer func() {
		if r := recover(); r != nil && r != any(stopped{}) {
			panic(r)
		}
	}()
	do()
	return true
}

// grant allows for the evaluation of one more tracking.
func (b *budget) grant() {
	if b.stop == nil {
		b.steps += stepsPerTracking
	}
}

// renew makes the budget what it was in the beginning.
func (b *budget) renew() { b.steps, b.stop = b.total, nil }

// keep says that what the last expression has made stays in memory, as far as
// it is part of a value of some size.
func (b *budget) keep(bytes int) {
	b.held += max(0, min(b.bytes-b.held, bytes))
}

// hold keeps all that the last expression has made until release is called.
func (b *budget) hold() (release func()) {
	more := max(0, b.bytes-b.held)
	b.held += more
	return func() { b.held -= more }
}

// value evaluates an expression. Once the budget is spent, everything is
// unknown, and nothing else is complained of.
func (b *budget) value(expr hcl.Expression, ctx *hcl.EvalContext, secret bool) (cty.Value, hcl.Diagnostics) {
	if b.stop != nil {
		return cty.DynamicVal, nil
	}
	b.bytes, b.skipped = b.held, false
	v, diags := b.evaluate(expr, ctx)
	if b.stop != nil {
		b.blame(expr)
		return cty.DynamicVal, nil
	}
	if b.skipped && diags.HasErrors() {
		diags = append(diags, newError(expr.Range().Ptr(), "More of this kind", "There may be more errors in the loops of this expression, which were not looked at any further."))
	}
	return v, b.presentable(diags, expr, ctx, secret)
}

// presentable takes out of the diagnostics of an expression what people must
// not see. If it has to do with something sensitive, or secret is set, they do
// not quote any values.
func (b *budget) presentable(diags hcl.Diagnostics, expr hcl.Expression, ctx *hcl.EvalContext, secret bool) hcl.Diagnostics {
	if len(diags) == 0 {
		return nil
	}
	sensitive := secret || b.refersToSensitive(expr, ctx)
	clean := make(hcl.Diagnostics, len(diags))
	for i, d := range diags {
		c := *d
		switch {
		case secret && slices.Contains(quotesWords, c.Summary):
			c.Detail = "What stands here is not known as a name. A text must stand in quotes. It is not shown, because the value is sensitive."
		case sensitive && !slices.Contains(quotesNothing, c.Summary):
			c.Detail = "What is wrong is not shown, because a sensitive value is involved."
		}
		if i := strings.Index(c.Detail, "panic in function"); i >= 0 {
			c.Detail = c.Detail[:i] + "it cannot deal with this value."
		}
		clean[i] = &c
	}
	return clean
}

// evaluate is where the evaluator of hcl is entered. Other panics than ours are
// mistakes in it, which an odd expression must not turn into a crash.
func (b *budget) evaluate(expr hcl.Expression, ctx *hcl.EvalContext) (v cty.Value, diags hcl.Diagnostics) {
	defer func() {
		if recover() != nil {
			v = cty.DynamicVal
			diags = hcl.Diagnostics{newError(expr.Range().Ptr(), "Expression cannot be evaluated", "The evaluator cannot deal with this expression. Write it in another way.")}
		}
	}()
	return expr.Value(ctx)
}
