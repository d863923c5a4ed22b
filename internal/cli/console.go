package cli

import (
	"context"
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
them. Nothing is changed. "exit" ends it.`,
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
				return runConsole(ctx, a, cfg, &data)
			}
		},
	}
}

// runConsole reads expressions and writes their values. From a pipe, the first mistake ends it.
func runConsole(ctx context.Context, a *app.App, cfg *config.Config, data *app.DataOptions) error {
	var pending string
	for {
		if a.StdinTerminal {
			fmt.Fprint(a.Stdout, map[bool]string{true: "> ", false: "  "}[pending == ""])
		}
		line, err := a.ReadLine()
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
		evaluate := func() (cty.Value, hcl.Diagnostics, error) {
			return engine.Evaluate(a.Version, cfg, func() (cty.Value, hcl.Diagnostics) { return cfg.Evaluate(src) })
		}
		v, diags, err := evaluate()
		if err != nil {
			return err
		}
		if !diags.HasErrors() && !v.IsWhollyKnown() {
			err := a.ReadDataOnly(ctx, cfg, data)
			switch {
			case err == nil:
				if v, diags, err = evaluate(); err != nil {
					return err
				}
			case !a.StdinTerminal:
				return err
			default:
				a.Ended(err)
				continue
			}
		}
		files := cfg.Sources()
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
		if ended {
			return endConsole(a, err)
		}
	}
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
