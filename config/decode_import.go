package config

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

var importSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{
	{Name: "to", Required: true}, {Name: "id", Required: true}, {Name: "for_each"},
}}

// importDecoder reads the import blocks.
type importDecoder struct {
	*decoder
	imports []tracking.Import
}

// importBlock is an import block on its way to imports.
type importBlock struct {
	dec   *importDecoder
	block *hcl.Block
	to    tracking.Addr  // a block or an instance
	key   hcl.Expression // of the instance, if it depends on each; else nil
	toArg *hcl.Attribute
	id    hcl.Expression
	errs  *hcldiag.Repeated
}

// decodeImports reads the import blocks, and checks them against a complete
// declared set.
func (dec *importDecoder) decodeImports() {
	complete := !dec.diags.HasErrors()
	for _, block := range dec.blocks("import") {
		content, diags := block.Body.Content(importSchema)
		dec.report(diags...)
		attrs := content.Attributes
		if diags.HasErrors() {
			continue
		}
		b := &importBlock{dec: dec, block: block, toArg: attrs["to"], id: eval.Evaluable(attrs["id"].Expr), errs: dec.repeated(&block.DefRange, "this import block")}
		if forEach := attrs["for_each"]; forEach != nil {
			b.expand(eval.Evaluable(forEach.Expr))
		} else if to, ok := dec.address(b.toArg); ok {
			b.to = to
			if dec.checkReferences(b.id) {
				b.add(dec.ctx, "")
			}
		}
		b.errs.Close()
	}
	dec.checkImports(complete)
}

// expand adds an import for each element.
func (b *importBlock) expand(forEach hcl.Expression) {
	if !b.target() || !b.dec.checkReferences(b.id, "each") || b.key != nil && !b.dec.checkReferences(b.key, "each") {
		return
	}
	elements, ok := b.dec.forEachElements(forEach)
	if !ok {
		return
	}
	b.dec.each(elements, b.errs.Full, func(el element, ctx *hcl.EvalContext) { b.add(ctx, el.key) })
}

// target reads an address that may have an expression for its key.
func (b *importBlock) target() bool {
	expr := addressExpr(b.toArg.Expr)
	if index, ok := expr.(*hclsyntax.IndexExpr); ok {
		if t, diags := hcl.AbsTraversalForExpr(index.Collection); !diags.HasErrors() {
			addr, ok := tracking.AddrOf(t)
			b.to, b.key = addr, index.Key
			if ok && isBlock(addr) {
				return true
			}
		}
	}
	addr, ok := b.dec.address(b.toArg)
	b.to, b.key = addr, nil
	return ok
}

// add adds one import. each is the key of the element that it is made of.
func (b *importBlock) add(ctx *hcl.EvalContext, each string) {
	im := tracking.Import{To: b.to, Range: b.id.Range()}
	id, ok := b.text(b.id, ctx, "id", each)
	if ok {
		key, err := tracking.ParseKey(id)
		if err != nil {
			b.fail(b.id, "Invalid import id", text.FullStop(err.Error()), each)
		}
		im.Key, ok = key, err == nil
	}
	if b.key != nil {
		key, good := b.text(b.key, ctx, "The key of to", each)
		if good {
			if _, wrong := keyText(key); wrong != nil {
				b.fail(b.key, "Invalid address", wrong.detail, each)
				good = false
			}
		}
		im.To, ok = b.to.Index(key), ok && good
	}
	if ok {
		b.dec.imports = append(b.dec.imports, im)
	}
}

// text evaluates an expression to a text that may be shown. It reports what is
// wrong.
func (b *importBlock) text(expr hcl.Expression, ctx *hcl.EvalContext, what, each string) (string, bool) {
	v, diags := b.dec.eval.Value(expr, ctx, false)
	for _, d := range diags {
		b.fail(expr, d.Summary, d.Detail, each)
	}
	switch {
	case diags.HasErrors() || !v.IsKnown():
		return "", false
	case v.HasMark(eval.Sensitive{}):
		b.fail(expr, "Sensitive value not allowed", what+" is shown in plans, and must not come from anything sensitive. If it may be shown, write nonsensitive() around it.", each)
		return "", false
	}
	v, err := convert.Convert(v, cty.String)
	if err != nil || v.IsNull() {
		b.fail(expr, "Invalid import", what+" must be a text, and not null.", each)
		return "", false
	}
	return v.AsString(), true
}

func (b *importBlock) fail(at hcl.Expression, summary, detail, each string) {
	if each != "" {
		detail += fmt.Sprintf("\n\nThis happened for each.key = %q.", each)
	}
	b.errs.Add(hcldiag.Error(at.Range().Ptr(), summary, detail))
}

// checkImports checks the imports against the declarations, complete or not, and
// each other.
func (dec *importDecoder) checkImports(complete bool) {
	to, ids := map[tracking.Addr]hcl.Range{}, map[tracking.Key]tracking.Import{}
	wanted := map[tracking.Addr]bool{}
	errs := dec.repeated(nil, "the import blocks")
	for _, im := range dec.imports {
		if other, taken := to[im.To]; taken {
			errs.Add(hcldiag.Error(im.Range.Ptr(), "Duplicate import", fmt.Sprintf("Two trackings are imported as %s; the other one by the block at %s.", im.To, hcldiag.Place(other))))
		} else if other, taken := ids[im.Key]; taken {
			errs.Add(hcldiag.Error(im.Range.Ptr(), "Duplicate import", fmt.Sprintf("%s is imported twice: as %s here, and as %s at %s.", im.Key, im.To, other.To, hcldiag.Place(other.Range))))
		}
		to[im.To], ids[im.Key], wanted[im.To] = im.Range, im, true
	}
	found := find(dec.declared, wanted)
	for _, im := range dec.imports {
		i, declared := found[im.To]
		switch {
		case declared && dec.declared[i].Key != im.Key:
			d := &dec.declared[i]
			errs.Add(hcldiag.Error(im.Range.Ptr(), "Import of another tracking", fmt.Sprintf("%s is declared as %s, at %s, but is imported as %s. Declare it as it is at the service, apply, and then change it.", im.To, d.Key, hcldiag.Place(d.NumberRange()), im.Key)))
		case !declared && complete:
			errs.Add(dec.notDeclared(im))
		}
	}
	errs.Close()
}

// notDeclared returns the diagnostic of an import to nothing.
func (dec *importDecoder) notDeclared(im tracking.Import) *hcl.Diagnostic {
	block, there := dec.spans[im.To.Block()]
	detail := fmt.Sprintf("%s is not declared.", im.To)
	switch {
	case there && block.keyed && isBlock(im.To):
		detail = fmt.Sprintf("%s stands for many trackings. Name one of them, as in %[1]s[\"KEY\"].", im.To)
	case there:
		detail += fmt.Sprintf(" The block %s declares no tracking with this key.", im.To.Block())
	case strings.HasPrefix(string(im.To), "trackings.") || !isBlock(im.To):
		detail += dec.didYouMeanBlock(im.To.Block()) + " Declare it first."
	default:
		detail += dec.didYouMeanBlock(im.To) + fmt.Sprintf(" Declare it, or, instead of this import block, let this write a declaration:\n\n    tmsync import %s %s", im.To, im.Key)
	}
	return hcldiag.Error(im.Range.Ptr(), "Import without a declaration", detail)
}
