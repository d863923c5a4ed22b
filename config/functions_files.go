package config

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
)

// readText reads a file inside the configuration's directory as text.
func (l *loader) readText(name string) (string, error) {
	f, err := openFile(l.root, name)
	if err != nil {
		return "", errors.New(fileProblem(err))
	}
	b, err := readAll(f, maxReadFile)
	if err != nil {
		return "", errors.New(fileProblem(err))
	}
	if i := invalidUTF8(b); i >= 0 {
		return "", fmt.Errorf("the file is not UTF-8: byte %d is not part of a character", i)
	}
	l.note("file "+l.shown(name), b)
	return string(b), nil
}

// cleanPath makes a path fit for an fs.FS rooted at the directory.
func cleanPath(name string) (string, error) {
	p := path.Clean(filepath.ToSlash(name))
	if !fs.ValidPath(p) {
		return "", errors.New("files are read only inside the configuration's directory")
	}
	return p, nil
}

// glob lists the files that match a pattern, in name order. A name without
// wildcards stands for itself, there or not.
func (l *loader) glob(pattern string) ([]string, error) {
	pattern, err := cleanPath(pattern)
	if err != nil {
		return nil, err
	}
	if strings.Contains(pattern, "**") {
		return nil, errors.New("\"**\" is not supported; name each level of folders with \"*\"")
	}
	if !strings.ContainsAny(pattern, `*?[\`) {
		return []string{pattern}, nil
	}
	names, err := fs.Glob(l.root.FS(), pattern)
	if err != nil {
		return nil, errors.New("the pattern cannot be read; it may have *, ? and [a-z]")
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		info, err := l.root.Stat(name)
		return err != nil || info.IsDir()
	})
	slices.Sort(names)
	if len(names) > maxFiles {
		return nil, fmt.Errorf("it matches %d files; %d are allowed", len(names), maxFiles)
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
		info, err := l.root.Stat(a[0])
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
			info, err := l.root.Stat(name)
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
			if ty := args[1].Type(); !ty.IsObjectType() && !ty.IsMapType() {
				return cty.NilVal, function.NewArgErrorf(1, "a map or an object is needed")
			}
			ctx := &hcl.EvalContext{Functions: functions, Variables: args[1].AsValueMap()}
			if ctx.Variables == nil {
				ctx.Variables = map[string]cty.Value{}
			}
			return renderTemplate(l.shown(args[0].AsString()), text, ctx)
		},
	})
}

func renderTemplate(name, text string, ctx *hcl.EvalContext) (cty.Value, error) {
	if err := checkNesting([]byte(text), true); err != nil {
		return cty.NilVal, err
	}
	expr, diags := hclsyntax.ParseTemplate([]byte(text), name, hcl.InitialPos)
	val := cty.DynamicVal
	if !diags.HasErrors() {
		val, diags = value(expr, ctx, false)
	}
	if len(diags) > 0 {
		return cty.NilVal, fmt.Errorf("%s: %s; %s", placeText(*diags[0].Subject), diags[0].Summary, strings.TrimSuffix(diags[0].Detail, "."))
	}
	return convert.Convert(val, cty.String)
}

// envFunc reads the environment. A name that is not set is an error, so that a
// mistyped one does not pass for empty: try(env("NAME"), "") gives a default.
func (l *loader) envFunc() function.Function {
	return textFunc(cty.String, []string{"name"}, func(a []string) (cty.Value, error) {
		text, ok := l.opts.Environ[a[0]]
		if !ok {
			return cty.NilVal, fmt.Errorf("the environment has no %s; for a default write try(env(%q), \"\")", a[0], a[0])
		}
		l.note("env "+a[0], []byte(text))
		return cty.StringVal(text), nil
	})
}

func (l *loader) timestampFunc() function.Function {
	now := l.opts.Now
	if now == nil {
		now = time.Now
	}
	return function.New(&function.Spec{
		Type: function.StaticReturnType(cty.String),
		Impl: func([]cty.Value, cty.Type) (cty.Value, error) {
			return cty.StringVal(now().UTC().Format(time.RFC3339)), nil
		},
	})
}
