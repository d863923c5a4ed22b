package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
)

// helpColumns is how wide the help is at least.
const helpColumns = 80

// firstFlags is the annotation of a command that names the flags which matter most.
const firstFlags = "first"

// usage writes the list of commands, in their groups.
func usage(w io.Writer, root *cobra.Command) {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: tmsync [--chdir=DIR] COMMAND [flags]\n\n%s\n", root.Long)
	width := len("completion")
	for _, g := range commandGroups() {
		for _, c := range g.commands {
			width = max(width, len(c.Name))
		}
	}
	line := func(name, summary string) {
		room := helpColumns - width - len("    ")
		for _, part := range text.Wrap(summary, room, room) {
			fmt.Fprintf(&b, "  %-*s  %s\n", width, name, part)
			name = ""
		}
	}
	for _, g := range commandGroups() {
		fmt.Fprintf(&b, "\n%s:\n", g.title)
		for _, c := range g.commands {
			line(c.Name, c.Summary)
		}
	}
	for _, name := range []string{"help", "completion"} {
		if c, _, err := root.Find([]string{name}); err == nil {
			line(name, c.Short)
		}
	}
	b.WriteString("\nTopics, printed by tmsync help TOPIC:\n")
	for _, t := range topics() {
		line(t.name, t.summary)
	}
	b.WriteString("\nFor a command's flags and examples: tmsync COMMAND --help\n")
	io.WriteString(w, b.String())
}

// leaves lists the commands that do something.
func leaves(c *cobra.Command) []*cobra.Command {
	var all []*cobra.Command
	for _, child := range c.Commands() {
		if child.Hidden {
			continue
		}
		if parents[child.Name()] == "" && child.Name() != "completion" {
			all = append(all, child)
		}
		all = append(all, leaves(child)...)
	}
	return all
}

func commandName(c *cobra.Command) string { return strings.TrimPrefix(c.CommandPath(), "tmsync ") }

// help writes what one command does and takes.
func help(a *app.App, c *cobra.Command) {
	if !c.HasParent() {
		usage(a.Stdout, c)
		return
	}
	io.WriteString(a.Stdout, helpText(c, max(a.StdoutWidth, helpColumns)))
}

// helpText is the help of a command, as wide as so many columns.
func helpText(c *cobra.Command, width int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s\n\n%s\n", usageLine(c), strings.Join(text.Wrap(c.Short+".", helpColumns, helpColumns), "\n"))
	if c.Long != "" {
		fmt.Fprintf(&b, "\n%s\n", c.Long)
	}
	for _, child := range c.Commands() {
		if !child.Hidden {
			fmt.Fprintf(&b, "\n  %s: %s", commandName(child), child.Short)
		}
	}
	if c.HasSubCommands() {
		b.WriteString("\n")
	}
	if c.Example != "" {
		b.WriteString("\nExamples:\n")
		for line := range strings.Lines(c.Example) {
			if line = strings.TrimSpace(line); line != "" {
				line = "  " + line
			}
			b.WriteString(line + "\n")
		}
	}
	first, rest := flagSets(c)
	if first.HasFlags() {
		fmt.Fprintf(&b, "\nFlags that matter most:\n%s\nMore flags:\n%s", flagUsages(first, width), flagUsages(rest, width))
	} else {
		fmt.Fprintf(&b, "\nFlags:\n%s", flagUsages(rest, width))
	}
	return b.String()
}

// flagUsages describes flags. A value that may be left out follows a "=".
func flagUsages(fs *pflag.FlagSet, width int) string {
	usages := fs.FlagUsagesWrapped(width)
	fs.VisitAll(func(f *pflag.Flag) {
		if value, _ := pflag.UnquoteUsage(f); f.NoOptDefVal != "" && value != "" {
			usages = strings.Replace(usages, "--"+f.Name+" "+value, "--"+f.Name+"="+value, 1)
		}
	})
	return usages
}

// usageLine is how a command is called.
func usageLine(c *cobra.Command) string {
	name := commandName(c)
	_, args, _ := strings.Cut(c.Use, " ")
	return strings.TrimSpace("tmsync [--chdir=DIR] " + name + " [flags] " + args)
}

// flagSets divides the flags of a command: those that matter most, and the others.
func flagSets(c *cobra.Command) (first, rest *pflag.FlagSet) {
	first, rest = newFlagSet(""), newFlagSet("")
	names := strings.Fields(c.Annotations[firstFlags])
	for _, name := range names {
		first.AddFlag(c.Flags().Lookup(name))
	}
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if first.Lookup(f.Name) == nil && f.Name != "help" {
			rest.AddFlag(f)
		}
	})
	c.InheritedFlags().VisitAll(func(f *pflag.Flag) {
		if rest.Lookup(f.Name) == nil {
			rest.AddFlag(f)
		}
	})
	return first, rest
}

// helpCommand is "help": of a command, or of a topic.
func helpCommand(a *app.App, root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND|TOPIC]", Short: "Show the help of a command or a topic", Args: cobra.ArbitraryArgs,
		ValidArgsFunction: func(_ *cobra.Command, args []string, written string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return helpOffers(root, args, written), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(_ *cobra.Command, args []string) error {
			for _, t := range topics() {
				if len(args) == 1 && args[0] == t.name {
					return showTopic(a, t)
				}
			}
			c, rest, err := root.Find(args)
			if err != nil || c == root && len(args) > 0 || len(rest) > 0 && c.HasSubCommands() {
				return unknown(root, args)
			}
			help(a, c)
			return nil
		},
	}
}

// unknown returns the error for a command that does not exist below another.
func unknown(below *cobra.Command, args []string) error {
	if below.HasParent() {
		args = append(strings.Fields(commandName(below)), args...)
	}
	if say := terraformsCommands[args[0]]; say != "" {
		return app.Fail("Unknown command", fmt.Sprintf("There is no command %s. %s", text.Quote(args[0]), say))
	}
	name := strings.Join(args[:min(len(args), 2)], " ")
	var all, nested []string
	for _, c := range leaves(below.Root()) {
		words := strings.Fields(commandName(c))
		if len(words) > 1 && words[0] == args[0] && (parents[words[0]] != "" || words[0] == "completion") {
			nested = append(nested, commandName(c))
		}
		all = append(all, commandName(c))
	}
	detail := fmt.Sprintf("There is no command %s.", text.Quote(args[0]))
	switch {
	case len(args) > 1 && len(nested) > 0:
		detail = fmt.Sprintf("There is no command %s, but %s.", text.Quote(name), strings.Join(nested, ", "))
	case len(nested) > 0:
		detail = fmt.Sprintf("%q needs one more word: %s.", args[0], strings.Join(nested, ", "))
	}
	switch {
	case len(nested) == 0:
		detail += cmp.Or(text.DidYouMean(name, slices.Values(all)), text.DidYouMean(args[0], slices.Values(all)))
	case len(args) > 1:
		detail += text.DidYouMean(name, slices.Values(nested))
	}
	return app.Fail("Unknown command", detail+" For the list of commands: tmsync --help")
}
