package config

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

	"github.com/tmsync/tmsync/internal/text"
)

// readBytes reads a file inside the configuration's directory.
func (l *loader) readBytes(name string) ([]byte, error) {
	f, err := l.files.open(name)
	if err != nil {
		return nil, errors.New(fileProblem(err))
	}
	b, err := readAll(f, maxReadFile)
	if err != nil {
		return nil, errors.New(fileProblem(err))
	}
	l.note(noteFile+name, b)
	return b, nil
}

// readText is readBytes for a text.
func (l *loader) readText(name string) (string, error) {
	b, err := l.readBytes(name)
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

// glob lists the files that match a pattern, in name order. A name without
// wildcards stands for itself, there or not.
func (l *loader) glob(pattern string) ([]string, error) {
	pattern, err := cleanPath(pattern)
	if err != nil {
		return nil, err
	}
	if isHidden(pattern) {
		return nil, errHidden
	}
	if strings.Contains(pattern, "**") {
		return nil, errors.New("\"**\" is not supported; name each level of folders with \"*\"")
	}
	if !strings.ContainsAny(pattern, `*?[\`) {
		return []string{pattern}, nil
	}
	names, err := l.expand(pattern)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		info, err := l.files.stat(name)
		return err != nil || info.IsDir()
	})
	slices.Sort(names)
	return names, nil
}

// expand lists what matches a pattern, one level of folders after the other: a
// link to a folder above makes a tree without an end.
func (l *loader) expand(pattern string) ([]string, error) {
	names := []string{"."}
	for level := range strings.SplitSeq(pattern, "/") {
		if _, err := path.Match(level, ""); err != nil {
			return nil, errors.New("the pattern cannot be read; it may have *, ? and [a-z]")
		}
		var found []string
		for _, dir := range names {
			more, err := l.matches(dir, level)
			if err != nil {
				return nil, err
			}
			if found = append(found, more...); len(found) > maxFiles {
				return nil, fmt.Errorf("it matches more than %d files or folders", maxFiles)
			}
		}
		names = found
	}
	return names, nil
}

// matches lists what matches one level of a pattern in a folder. No wildcard stands
// for a dot at the beginning, nor for a hidden name. What is no
// folder, or cannot be read, has nothing.
func (l *loader) matches(dir, level string) ([]string, error) {
	if !strings.ContainsAny(level, `*?[\`) {
		name := path.Join(dir, level)
		if _, err := l.files.root.Lstat(name); err != nil {
			return nil, nil //nolint:nilerr // it is not there
		}
		return []string{name}, nil
	}
	entries, err := fs.ReadDir(l.files.root.FS(), dir)
	if err != nil {
		return nil, nil //nolint:nilerr // it is not a folder
	}
	var names []string
	for _, e := range entries {
		if ok, _ := path.Match(level, e.Name()); ok && !strings.HasPrefix(e.Name(), ".") && !isHiddenName(e.Name()) {
			names = append(names, path.Join(dir, e.Name()))
		}
	}
	return names, nil
}

func (l *loader) fileFunc() function.Function {
	return textFunc(cty.String, []string{"path"}, func(a []string) (cty.Value, error) {
		text, err := l.readText(a[0])
		return cty.StringVal(text), err
	})
}

func (l *loader) fileExistsFunc() function.Function {
	return textFunc(cty.Bool, []string{"path"}, func(a []string) (cty.Value, error) {
		info, err := l.files.stat(a[0])
		switch {
		case errors.Is(err, fs.ErrNotExist):
			err = nil
		case err != nil:
			err = errors.New(fileProblem(err))
		case !info.Mode().IsRegular():
			err = errors.New(fileProblem(errNotRegular))
		}
		exists := err == nil && info != nil
		l.note("exists "+a[0], fmt.Append(nil, exists))
		return cty.BoolVal(exists), err
	})
}

func (l *loader) fileSetFunc() function.Function {
	return textFunc(cty.Set(cty.String), []string{"path", "pattern"}, func(a []string) (cty.Value, error) {
		dir, err := cleanPath(a[0])
		if err != nil {
			return cty.NilVal, function.NewArgError(0, err)
		}
		names, err := l.glob(path.Join(dir, a[1]))
		if err != nil {
			return cty.NilVal, function.NewArgError(1, err)
		}
		names = slices.DeleteFunc(names, func(name string) bool {
			info, err := l.files.stat(name)
			return err != nil || !info.Mode().IsRegular()
		})
		l.note(fmt.Sprintf("fileset %q %q", a[0], a[1]), []byte(strings.Join(names, "\n")))
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
func (l *loader) templateFileFunc(functions map[string]function.Function) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			text, err := l.readText(args[0].AsString())
			if err != nil {
				return cty.NilVal, function.NewArgError(0, err)
			}
			return l.renderTemplate(l.shown(args[0].AsString()), text, functions, args[1])
		},
	})
}

// templateStringFunc evaluates a text as a template.
func (l *loader) templateStringFunc(functions map[string]function.Function) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "template", Type: cty.String}, {Name: "vars", Type: cty.DynamicPseudoType}},
		Type:   function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return l.renderTemplate("template", args[0].AsString(), functions, args[1])
		},
	})
}

// renderTemplate evaluates a template. Many calls may use the same one: it is
// parsed once.
func (l *loader) renderTemplate(name, src string, functions map[string]function.Function, vars cty.Value) (cty.Value, error) {
	if ty := vars.Type(); !ty.IsObjectType() && !ty.IsMapType() {
		return cty.NilVal, function.NewArgErrorf(1, "a map or an object is needed")
	}
	ctx := &hcl.EvalContext{Functions: functions, Variables: vars.AsValueMap()}
	if ctx.Variables == nil {
		ctx.Variables = map[string]cty.Value{}
	}
	expr, parsed := l.templates[name+"\x00"+src]
	if !parsed {
		tokens, err := checkNesting([]byte(src), true)
		if err != nil {
			return cty.NilVal, err
		}
		if l.held += tokenBytes * tokens; l.held > maxHeld {
			return cty.NilVal, fmt.Errorf("the templates and values of a configuration may take about %s of memory together", text.Size(maxHeld))
		}
		tree, diags := hclsyntax.ParseTemplate([]byte(src), name, hcl.InitialPos)
		if diags.HasErrors() {
			return cty.NilVal, templateError(diags)
		}
		if at := findEnv(tree); at != nil {
			l.report(noEnv(*at)) // which try() must not hide
			return cty.UnknownVal(cty.String), nil
		}
		addChecks(tree)
		expr = tree
		l.templates[name+"\x00"+src] = expr
	}
	val, diags := expr.Value(ctx)
	if len(diags) > 0 {
		return cty.NilVal, templateError(l.eval.presentable(diags, expr, ctx, false))
	}
	return convert.Convert(val, cty.String)
}

func templateError(diags hcl.Diagnostics) error {
	d := diags[0]
	return fmt.Errorf("%s: %s; %s", placeText(*d.Subject), d.Summary, strings.TrimSuffix(d.Detail, "."))
}

func (l *loader) timestampFunc() function.Function {
	return function.New(&function.Spec{
		Type: function.StaticReturnType(cty.String),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) {
			return cty.StringVal(l.now.UTC().Format(time.RFC3339)), nil
		},
	})
}
