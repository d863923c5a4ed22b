package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// DataBlock is one data block: it asks the service for what it knows besides
// trackings.
type DataBlock struct {
	Addr  string         // data.TYPE.NAME
	Query tracking.Query // what it asks for
	Count int            // of places, routes or numbers: what is charged
	Range hcl.Range      // the block's header
}

// Questions are what all data blocks ask: each question once, in file order.
type Questions struct {
	Places   []tracking.PostalPlace
	Routes   []tracking.TransitRoute
	Waybills []string // numbers, in canonical form
}

// Answers are the service's answers to the questions.
type Answers struct {
	Areas    map[tracking.PostalPlace]tracking.RemoteArea
	Times    map[tracking.TransitRoute]tracking.TransitTime
	Waybills map[string]tracking.AirWaybill // none for what the service knows nothing of
}

// maxQuestions bounds the questions of data blocks, and the numbers in one of them.
const maxQuestions = 10_000

// dataBlock is a data block on its way to questions.
type dataBlock struct {
	s      *Scope
	kind   *dataKind
	addr   string // data.TYPE.NAME
	labels [2]string
	header hcl.Range
	attrs  hcl.Attributes
	keyed  bool // it has for_each
	bad    bool // an error has kept it from asking
	asks   []ask
	count  int // of what is charged in them
	listed int // elements of lists, as often as they are named
	errs   *hcldiag.Repeated
}

// ask is one question of a block, of several numbers perhaps.
type ask struct {
	key      string               // of for_each
	args     map[string]cty.Value // in canonical form, as expressions see them
	marks    cty.ValueMarks       // of the numbers
	place    tracking.PostalPlace
	route    tracking.TransitRoute
	waybills []string
}

// decodeData reads the data blocks. What they ask is known then, and their
// answers are unknown.
func decodeData(dec *decoder, service *tracking.Service) {
	places, asked := map[string]hcl.Range{}, 0
	for _, block := range dec.blocks("data") {
		kind, known := dataKinds[block.Labels[0]]
		addr := "data." + strings.Join(block.Labels, ".")
		other, taken := places[addr]
		switch {
		case !known:
			dec.error(&block.LabelRanges[0], "Unknown type of data", fmt.Sprintf("There is no data of the type %q; there is %s.%s", block.Labels[0], strings.Join(slices.Sorted(maps.Keys(dataKinds)), ", "), text.DidYouMean(block.Labels[0], maps.Keys(dataKinds))))
			continue
		case !validName(block.Labels[1]):
			dec.report(nameError(&hcl.Block{LabelRanges: block.LabelRanges[1:]}))
			continue
		case taken:
			dec.error(&block.DefRange, "Duplicate data", fmt.Sprintf("There is another block of %s, at %s.", addr, hcldiag.Place(other)))
			continue
		case !service.Answers(kind.query):
			dec.error(&block.DefRange, "Data that the service does not have", fmt.Sprintf("%s has no such call (%s). It is there with %s. Remove the block, and what refers to it.",
				service.Name, kind.query, service.Elsewhere(func(s *tracking.Service) bool { return s.Answers(kind.query) })))
		}
		places[addr] = block.DefRange
		d := &dataBlock{s: dec.Scope, kind: kind, addr: addr, labels: [2]string(block.Labels), header: block.DefRange, errs: dec.repeated(&block.DefRange, addr)}
		d.read(block)
		d.errs.Close()
		dec.data = append(dec.data, d)
		if asked += max(d.count, d.listed); asked > maxQuestions {
			dec.error(&block.DefRange, "Too many questions", fmt.Sprintf("The data blocks of a configuration may ask for %d places, routes and numbers in all; with this one they ask for more.", maxQuestions))
			return
		}
	}
}

// read evaluates the block's arguments, once or for each element of for_each.
func (d *dataBlock) read(block *hcl.Block) {
	s := d.s
	content, diags := block.Body.Content(d.kind.schema())
	s.report(diags...)
	d.attrs, d.bad = content.Attributes, diags.HasErrors()
	forEach, own := d.attrs["for_each"], ""
	if d.keyed = forEach != nil; d.keyed {
		own = "each"
	}
	for i := range d.kind.args {
		if attr := d.attrs[d.kind.args[i].name]; attr != nil {
			if d.bad = !s.checkReferences(eval.Evaluable(attr.Expr), own) || d.bad; d.kind.args[i].private {
				s.notePrivate(attr.Expr)
			}
		}
	}
	switch {
	case d.bad:
	case d.keyed:
		d.expand(eval.Evaluable(forEach.Expr))
	default:
		d.add(s.ctx, "")
	}
}

// expand adds one question for each element.
func (d *dataBlock) expand(forEach hcl.Expression) {
	elements, ok := d.s.forEachElements(forEach)
	d.bad = !ok
	full := func() bool { return d.errs.Full() || max(d.count, d.listed) > maxQuestions }
	d.s.each(elements, full, func(el element, ctx *hcl.EvalContext) {
		d.add(ctx, el.key)
	})
}

// add adds one question.
func (d *dataBlock) add(ctx *hcl.EvalContext, key string) {
	a, texts, good := ask{key: key, args: map[string]cty.Value{}}, map[string][]string{}, true
	for i := range d.kind.args {
		arg := &d.kind.args[i]
		v, list, wrong := d.argument(arg, ctx, key)
		if wrong != nil {
			d.fail(hcldiag.Error(d.attrs[arg.name].Expr.Range().Ptr(), wrong.summary, wrong.detail), key)
		}
		if good = good && wrong == nil && list != nil; !good {
			continue
		}
		a.args[arg.name], texts[arg.name] = v, list
		if arg.list {
			a.marks = v.Marks()
		}
	}
	if d.bad = d.bad || !good; good {
		d.kind.ask(&a, texts)
		d.asks = append(d.asks, a)
		d.count += max(1, len(a.waybills))
	}
}

// argument evaluates an argument to its value and to its texts, in canonical form.
// Without texts there is no value, and wrong is why, unless that is known
// already.
func (d *dataBlock) argument(arg *dataArg, ctx *hcl.EvalContext, key string) (_ cty.Value, texts []string, wrong *problem) {
	attr := d.attrs[arg.name]
	if attr == nil {
		return cty.NullVal(cty.String), []string{""}, nil
	}
	v, diags := d.s.eval.Value(eval.Evaluable(attr.Expr), ctx, arg.private)
	for _, diag := range diags {
		d.fail(diag, key)
	}
	if diags.HasErrors() || !v.IsWhollyKnown() {
		return cty.NilVal, nil, nil
	}
	v, marks := v.UnmarkDeep()
	all := []cty.Value{v}
	if arg.list {
		if v.IsNull() || !v.CanIterateElements() || v.LengthInt() == 0 || v.LengthInt() > maxQuestions {
			return cty.NilVal, nil, &problem{"Invalid argument value", fmt.Sprintf("%s must be a list of 1 to %d texts.", arg.name, maxQuestions)}
		}
		all = v.AsValueSlice()
		d.listed += len(all)
	}
	var members []cty.Value
	seen := map[string]bool{}
	for _, ev := range all {
		text, wrong := arg.text(ev, len(marks) > 0 || arg.private)
		if wrong != nil {
			return cty.NilVal, nil, wrong
		}
		if !seen[text] {
			seen[text] = true
			texts, members = append(texts, text), append(members, cty.StringVal(text))
		}
	}
	switch {
	case arg.list:
		v = cty.ListVal(members)
	case texts[0] == "":
		v = cty.NullVal(cty.String)
	default:
		v = members[0]
	}
	if arg.private {
		v = v.Mark(eval.Sensitive{})
	}
	return v.WithMarks(marks), texts, nil
}

// fail reports what is wrong with the question of an element of for_each.
func (d *dataBlock) fail(diag *hcl.Diagnostic, key string) {
	if d.bad = true; d.keyed {
		diag.Detail += fmt.Sprintf("\n\nThis happened for %s[%q].", d.addr, key)
	}
	d.errs.Add(diag)
}
