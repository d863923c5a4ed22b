package funcs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"

	"github.com/tmsync/tmsync/config/internal/eval"
	"github.com/tmsync/tmsync/config/internal/files"
	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/config/internal/scan"
	"github.com/tmsync/tmsync/internal/text"
)

// readText is readBytes for a text.
func (t *Table) readText(name string) (string, error) {
	b, err := t.env.ReadFile(name)
	if err != nil {
		return "", err
	}
	if i := text.InvalidUTF8(b); i >= 0 {
		return "", fmt.Errorf("the file is not UTF-8: byte %d is not part of a character", i)
	}
	if i := bytes.IndexByte(b, 0); i >= 0 {
		return "", fmt.Errorf("the file is not text: byte %d is zero", i)
	}
	return string(b), nil
}

func (t *Table) fileFunc() function.Function {
	return textFunc(cty.String, []string{"path"}, func(a []string) (cty.Value, error) {
		text, err := t.readText(a[0])
		return cty.StringVal(text), err
	})
}

func (t *Table) fileExistsFunc() function.Function {
	return textFunc(cty.Bool, []string{"path"}, func(a []string) (cty.Value, error) {
		info, err := t.env.Files.Stat(a[0])
		switch {
		case errors.Is(err, fs.ErrNotExist):
			err = nil
		case err != nil:
			err = files.Problem(err)
		case !info.Mode().IsRegular():
			err = files.Problem(files.ErrNotRegular)
		}
		exists := err == nil && info != nil
		t.env.Note("exists "+a[0], fmt.Append(nil, exists))
		return cty.BoolVal(exists), err
	})
}

func (t *Table) fileSetFunc() function.Function {
	return textFunc(cty.Set(cty.String), []string{"path", "pattern"}, func(a []string) (cty.Value, error) {
		dir, err := files.Clean(a[0])
		if err != nil {
			return cty.NilVal, function.NewArgError(0, err)
		}
		names, err := t.env.Files.Glob(path.Join(dir, a[1]))
		if err != nil {
			return cty.NilVal, function.NewArgError(1, err)
		}
		names = slices.DeleteFunc(names, func(name string) bool {
			info, err := t.env.Files.Stat(name)
			return err != nil || !info.Mode().IsRegular()
		})
		t.env.Note(fmt.Sprintf("fileset %q %q", a[0], a[1]), []byte(strings.Join(names, "\n")))
		if len(names) == 0 {
			return cty.SetValEmpty(cty.String), nil
		}
		values := make([]cty.Value, len(names))
		for i, name := range names {
			if dir != "." {
				name = strings.TrimPrefix(name, dir+"/")
			}
			values[i] = cty.StringVal(name)
		}
		return cty.SetVal(values), nil
	})
}

// templateFileFunc evaluates a file as a template.
func (t *Table) templateFileFunc(functions map[string]function.Function) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			text, err := t.readText(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return t.renderTemplate(t.env.Files.Shown(args[0].AsString()), text, functions, args[1])
		},
	})
}

// templateStringFunc evaluates a text as a template.
func (t *Table) templateStringFunc(functions map[string]function.Function) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "template", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return t.renderTemplate("template", args[0].AsString(), functions, args[1])
		},
	})
}

// renderTemplate evaluates a template. Many calls may use the same one: it is
// parsed once.
func (t *Table) renderTemplate(name, src string, functions map[string]function.Function, vars cty.Value) (cty.Value, error) {
	if ty := vars.Type(); !ty.IsObjectType() && !ty.IsMapType() {
		return cty.NilVal, function.NewArgErrorf(1, "a map or an object is needed")
	}
	ctx := &hcl.EvalContext{Functions: functions, Variables: vars.AsValueMap()}
	if ctx.Variables == nil {
		ctx.Variables = map[string]cty.Value{}
	}
	expr, parsed := t.templates[name+"\x00"+src]
	if !parsed {
		tokens, err := scan.CheckNesting([]byte(src), true)
		if err != nil {
			return cty.NilVal, err
		}
		if !t.env.Memory.Take(tokenBytes * tokens) {
			return cty.NilVal, fmt.Errorf("the templates and values of a configuration may take about %s of memory together", text.Size(eval.MaxHeld))
		}
		tree, diags := hclsyntax.ParseTemplate([]byte(src), name, hcl.InitialPos)
		if diags.HasErrors() {
			return cty.NilVal, templateError(diags)
		}
		if at := eval.FindEnv(tree); at != nil {
			t.env.Report(eval.NoEnv(*at)) // which try() must not hide
			return cty.UnknownVal(cty.String), nil
		}
		eval.AddChecks(tree)
		expr = tree
		t.templates[name+"\x00"+src] = expr
	}
	val, diags := expr.Value(ctx)
	if len(diags) > 0 {
		return cty.NilVal, templateError(eval.New().Presentable(diags, expr, ctx, false)) // its variables are not those of the configuration
	}
	return convert.Convert(val, cty.String)
}

func templateError(diags hcl.Diagnostics) error {
	d := diags[0]
	return fmt.Errorf("%s: %s; %s", hcldiag.Place(*d.Subject), d.Summary, strings.TrimSuffix(d.Detail, "."))
}

func (t *Table) timestampFunc() function.Function {
	return function.New(&function.Spec{
		Type: function.StaticReturnType(cty.String),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) {
			return cty.StringVal(t.env.Now.UTC().Format(time.RFC3339)), nil
		},
	})
}
