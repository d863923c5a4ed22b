package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/spf13/pflag"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/config/source"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
)

func consoleCommand() app.Command {
	return app.Command{
		Name: "console", Summary: "Try expressions of the configuration",
		Examples: `
# expressions from a pipe
echo 'length(tracking.parcel)' | tmsync console`,
		Help: `
Reads expressions from the terminal, or from a pipe, and writes their values.
They may refer to var, local, tracking, trackings and data, and call functions.
It works offline, except that data blocks are read once an expression depends on
them. Nothing is changed. "exit" ends it, and so does Ctrl-D.

On a terminal Tab completes names, attributes and keys, the arrows bring back
what was typed, and Ctrl-C clears the line. Lines are remembered until it ends,
and in no file: they may hold secrets.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var o app.ConfigOptions
			var data app.DataOptions
			o.Flags(fs)
			data.Flags(fs)
			return func(ctx context.Context, _ []string) error {
				cfg, err := a.Load(&o)
				if err != nil {
					return err
				}
				c := &console{app: a, cfg: cfg, data: &data}
				c.editor = newEditor(a, c.complete)
				return c.run(ctx)
			}
		},
	}
}

// console is one run of the command.
type console struct {
	app    *app.App
	cfg    *config.Config
	data   *app.DataOptions
	editor *editor // nil: lines come as they are
	broken error   // of an evaluation for a completion: no other may follow
}

// run reads expressions and writes their values. From a pipe, the first mistake ends it.
func (c *console) run(ctx context.Context) error {
	a := c.app
	var pending string
	for {
		line, err := c.readLine(ctx, pending != "")
		switch {
		case c.broken != nil:
			return c.broken
		case errors.Is(err, errCleared):
			pending = ""
			continue
		case errors.Is(err, errFull):
			pending = ""
			a.Ended(app.Fail("The line is too long", "A line that is typed has up to "+text.Count(mostTyped-1)+" characters. Write it in several, with something in brackets open at the end of each, or read it from a pipe."))
			continue
		}
		ended := err != nil && line == ""
		src := pending + line
		switch word := strings.TrimSpace(src); {
		case word == "" && ended:
			return endConsole(a, err)
		case word == "exit" || word == "quit":
			return nil
		case word == "":
			pending = ""
			continue
		case len(src) > source.MaxSize:
			return app.Fail("The expression is too long", "An expression is bounded as a file is.")
		case !ended && open(src):
			pending = src
			continue
		}
		pending = ""
		if err := c.answer(ctx, src); err != nil {
			return err
		}
		if ended {
			return endConsole(a, err)
		}
	}
}

// readLine reads a line, with its end. more means that an expression goes on in it.
func (c *console) readLine(ctx context.Context, more bool) (string, error) {
	prompt := map[bool]string{false: "> ", true: "  "}[more]
	if c.editor != nil {
		line, err := c.editor.readLine(ctx, prompt)
		if err == nil {
			line += "\n"
		}
		return line, err
	}
	if c.app.StdinTerminal {
		fmt.Fprint(c.app.Stdout, prompt)
	}
	return c.app.ReadLine()
}

// evaluate returns the value of an expression.
func (c *console) evaluate(src string) (cty.Value, hcl.Diagnostics, error) {
	return engine.Evaluate(c.app.Version, c.cfg, func() (cty.Value, hcl.Diagnostics) { return c.cfg.Evaluate(src) })
}

// answer writes the value of an expression. It returns what ends the console.
func (c *console) answer(ctx context.Context, src string) error {
	a := c.app
	v, diags, err := c.evaluate(src)
	if err != nil {
		return err
	}
	if !diags.HasErrors() && !v.IsWhollyKnown() {
		err := a.ReadDataOnly(ctx, c.cfg, c.data)
		switch {
		case err == nil:
			if v, diags, err = c.evaluate(src); err != nil {
				return err
			}
		case !a.StdinTerminal:
			return err
		default:
			a.Ended(err)
			return nil
		}
	}
	files := c.cfg.Sources()
	files[config.ConsoleInput] = &hcl.File{Bytes: []byte(src)}
	switch {
	case !diags.HasErrors():
		a.Report(diags, files)
		if _, err := fmt.Fprintln(a.Stdout, render.Value(v)); err != nil {
			return app.Written(err)
		}
	case !a.StdinTerminal:
		return app.Invalid(app.Failure, diags, files)
	default:
		a.Report(diags, files)
	}
	return nil
}

func endConsole(a *app.App, err error) error {
	if a.StdinTerminal {
		fmt.Fprintln(a.Stdout)
	}
	if err != io.EOF {
		return app.Fail("The expressions cannot be read", text.Sentence(err))
	}
	return nil
}

// open reports whether an expression goes on in the next line: something in it is not
// closed.
func open(src string) bool {
	tokens, _ := hclsyntax.LexExpression([]byte(src), config.ConsoleInput, hcl.InitialPos)
	depth := 0
	for _, t := range tokens {
		switch t.Type {
		case hclsyntax.TokenOBrace, hclsyntax.TokenOBrack, hclsyntax.TokenOParen, hclsyntax.TokenOHeredoc, hclsyntax.TokenTemplateInterp, hclsyntax.TokenTemplateControl:
			depth++
		case hclsyntax.TokenCBrace, hclsyntax.TokenCBrack, hclsyntax.TokenCParen, hclsyntax.TokenCHeredoc, hclsyntax.TokenTemplateSeqEnd:
			depth--
		}
	}
	return depth > 0
}
