package config

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/internal/text"
)

// variable is a declared variable.
type variable struct {
	name        string
	decl        hcl.Range
	description string
	ty          cty.Type
	defaults    *typeexpr.Defaults
	def         cty.Value // NilVal: a value must be given
	defRange    hcl.Range
	sensitive   bool
	nullable    bool
	literal     bool // --var and the environment give text, not an expression
	validations hcl.Blocks
}

var variableSchema = &hcl.BodySchema{
	Attributes: []hcl.AttributeSchema{
		{Name: "type"}, {Name: "default"}, {Name: "description"}, {Name: "sensitive"}, {Name: "nullable"},
	},
	Blocks: []hcl.BlockHeaderSchema{{Type: "validation"}},
}

// variableDecoder reads the variable blocks, and sets the variables' values.
type variableDecoder struct {
	*decoder
	environ map[string]string
	ask     func(Question) (answer string, ok bool) // see Options.Ask
}

// decodeVariables reads the variable blocks.
func (dec *variableDecoder) decodeVariables() {
	dec.vars = map[string]*variable{}
	for _, block := range dec.blocks("variable") {
		name := block.Labels[0]
		if !dec.checkBlockName(block) {
			continue
		}
		if other, taken := dec.vars[name]; taken {
			dec.error(&block.DefRange, "Duplicate variable", fmt.Sprintf("A variable named %q is declared at %s already.", name, hcldiag.Place(other.decl)))
			continue
		}
		dec.vars[name] = dec.decodeVariable(name, block)
	}
}

func (dec *variableDecoder) decodeVariable(name string, block *hcl.Block) *variable {
	v := &variable{name: name, decl: block.DefRange, ty: cty.DynamicPseudoType, nullable: true}
	content := dec.content(block, variableSchema)
	attrs := content.Attributes
	if a := attrs["description"]; a != nil {
		if text, ok := dec.constant(a, cty.String); ok {
			v.description = text.AsString()
		}
	}
	if a := attrs["sensitive"]; a != nil {
		v.sensitive = dec.constantBool(a, false)
	}
	if a := attrs["nullable"]; a != nil {
		v.nullable = dec.constantBool(a, true)
	}
	if a := attrs["type"]; a != nil {
		dec.decodeType(v, a)
	}
	if a := attrs["default"]; a != nil {
		dec.decodeDefault(v, a)
	}
	// As in Terraform: text for a string, and where nothing says otherwise.
	switch {
	case attrs["type"] != nil:
		v.literal = v.ty.IsPrimitiveType()
	case attrs["default"] != nil:
		v.literal = v.def.Type() == cty.String || v.def.IsNull()
	default:
		v.literal = true
	}
	v.validations = content.Blocks
	return v
}

// SensitiveVariable reports whether a variable is declared as sensitive.
func (c *Config) SensitiveVariable(name string) bool {
	v, ok := c.vars[name]
	return ok && v.sensitive
}

// decodeType reads a type constraint. In JSON it is an expression inside a
// string, which nothing has counted yet.
func (dec *variableDecoder) decodeType(v *variable, a *hcl.Attribute) {
	if s, _, ok := eval.JSONText(a.Expr); ok {
		if _, err := scan.CheckNesting([]byte(s), false); err != nil {
			dec.error(a.Expr.Range().Ptr(), "Invalid type specification", text.Sentence(err))
			return
		}
	}
	ty, defaults, diags := typeexpr.TypeConstraintWithDefaults(a.Expr)
	dec.report(diags...)
	if !diags.HasErrors() {
		v.ty, v.defaults = ty, defaults
	}
}

func (dec *variableDecoder) decodeDefault(v *variable, a *hcl.Attribute) {
	v.defRange = a.Expr.Range()
	dec.progress.at(v.defRange)
	if v.sensitive {
		dec.secrets = append(dec.secrets, v.defRange)
	}
	def, diags := dec.eval.Value(a.Expr, nil, v.sensitive)
	dec.report(diags...)
	if diags.HasErrors() {
		v.def = cty.DynamicVal
		return
	}
	def, problem := dec.convert(v, def)
	if problem != "" {
		dec.error(&v.defRange, "Invalid default value for variable", fmt.Sprintf("The default value of variable %q is not suitable: %s", v.name, problem))
		def = cty.DynamicVal
	}
	v.def = def
}

// convert returns a value in the variable's type, or why it cannot be converted.
func (dec *variableDecoder) convert(v *variable, val cty.Value) (cty.Value, string) {
	if val.IsNull() && !v.nullable {
		if v.def == cty.NilVal || v.def.IsNull() {
			return val, "It must not be null."
		}
		return v.def, ""
	}
	if v.defaults != nil && !val.IsNull() {
		val = v.defaults.Apply(val)
	}
	if problem := eval.NumberTextProblem(val); problem != "" && v.ty == cty.Number {
		return val, problem
	}
	val, err := convert.Convert(eval.Unify(val), v.ty)
	if err != nil {
		return val, text.Sentence(err)
	}
	return dec.memory.Keep(val)
}

// validate checks a variable's own conditions, which may refer to variables.
func (dec *variableDecoder) validate(v *variable) {
	conditions, diags := decodeConditions(v.validations)
	dec.report(diags...)
	for _, c := range conditions {
		if !dec.checkReferences(c.holds) || !dec.checkReferences(c.message) {
			continue
		}
		dec.progress.at(c.holds.Range())
		holds, known, diags := dec.holding(c, dec.ctx, v.sensitive)
		dec.report(diags...)
		if holds || !known {
			continue
		}
		text, diags := dec.messageText(c, dec.ctx, v.sensitive)
		dec.report(diags...)
		if text != "" {
			dec.error(&v.decl, "Invalid value for variable", fmt.Sprintf("%s\n\nThis is what the condition at %s asks for.", text, hcldiag.Place(c.holds.Range())))
		}
	}
}

// validName reports whether a label can be part of an address.
func validName(s string) bool { return len(s) <= maxKey && hclsyntax.ValidIdentifier(s) }

func nameError(block *hcl.Block) *hcl.Diagnostic {
	return hcldiag.Error(&block.LabelRanges[0], "Invalid name", "A name starts with a letter or underscore and has only letters, digits, underscores and dashes, and no more than 512 bytes.")
}
