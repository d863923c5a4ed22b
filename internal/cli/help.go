package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/agext/levenshtein"

	"github.com/tmsync/tmsync/internal/render"
)

// usage writes the list of commands.
func (a *app) usage(w io.Writer) {
	var b strings.Builder
	b.WriteString("Usage: tmsync [--chdir=DIR] COMMAND [flags]\n\n")
	b.WriteString("Keeps parcel trackings at TrackingMore or Trackru as your files declare them.\n\nCommands:\n")
	width := 0
	for _, c := range commands() {
		width = max(width, len(c.name))
	}
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, c.name, c.summary)
	}
	b.WriteString("\nFor a command's flags: tmsync COMMAND --help\n")
	io.WriteString(w, b.String())
}

// help writes what one command does and takes.
func (a *app) help(cmd command) ExitCode {
	fs := newFlagSet(cmd.name)
	fs.Bool("no-color", false, "no colours, whatever the output is")
	cmd.setup(a, fs)
	var b strings.Builder
	fmt.Fprintf(&b, "Usage: %s\n\n%s.\n", strings.TrimSpace("tmsync [--chdir=DIR] "+cmd.name+" [flags] "+cmd.args), cmd.summary)
	if cmd.help != "" {
		fmt.Fprintf(&b, "\n%s\n", strings.TrimSpace(cmd.help))
	}
	fmt.Fprintf(&b, "\nFlags:\n%s", fs.FlagUsagesWrapped(max(a.StdoutWidth, 80)))
	io.WriteString(a.Stdout, b.String())
	return OK
}

func (a *app) unknown(args []string) ExitCode {
	name := args[0]
	var nested []string
	best, bestScore := "", 0.6
	for _, c := range commands() {
		if strings.HasPrefix(c.name, name+" ") {
			nested = append(nested, c.name)
		}
		if score := levenshtein.Similarity(strings.Join(args[:min(len(args), len(strings.Fields(c.name)))], " "), c.name, nil); score > bestScore {
			best, bestScore = c.name, score
		}
	}
	detail := fmt.Sprintf("There is no command %q.", name)
	switch {
	case len(nested) > 0:
		detail = fmt.Sprintf("%q needs one more word: %s.", name, strings.Join(nested, ", "))
	case best != "":
		detail += fmt.Sprintf(" Did you mean %q?", best)
	}
	return a.fail("Unknown command", detail+" For the list of commands: tmsync --help")
}

// sentence writes an error as a sentence, of one line whatever the names in it.
// A file's name stays as it is written.
func sentence(err error) string {
	s := render.Inert(err.Error())
	if !strings.ContainsAny(s[len(s)-1:], ".?!") {
		s += "."
	}
	if first, _, _ := strings.Cut(s, " "); strings.ContainsAny(first, "./-_") {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
