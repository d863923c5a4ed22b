package app

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
)

// ReadLine reads a line of the standard input, with its end.
func (a *App) ReadLine() (string, error) {
	if a.stdin == nil {
		a.stdin = bufio.NewReader(a.Stdin)
	}
	return a.stdin.ReadString('\n')
}

// asker returns a function that asks for values of variables on a terminal; nil
// where nobody is there to ask.
func (a *App) asker(o *ConfigOptions) func(config.Question) (string, bool) {
	if !a.StdinTerminal || o.NoInput {
		return nil
	}
	return func(q config.Question) (string, bool) {
		if answer, ok := a.answers[q.Name]; ok { // the files are read twice
			return answer, true
		}
		s := a.errStyle()
		fmt.Fprintf(a.Stderr, "%s\n", render.Bold(s, "var."+q.Name))
		if q.Description != "" {
			fmt.Fprintf(a.Stderr, "  %s\n", text.InertLines(q.Description))
		}
		fmt.Fprintf(a.Stderr, "\n  %s ", render.Bold(s, "Enter a value:"))
		var line string
		var err error
		if q.Sensitive && a.ReadSecret != nil {
			line, err = a.ReadSecret()
			fmt.Fprintln(a.Stderr)
		} else {
			line, err = a.ReadLine()
		}
		fmt.Fprintln(a.Stderr)
		if err != nil && line == "" {
			return "", false
		}
		answer := strings.TrimRight(line, "\r\n")
		if a.answers == nil {
			a.answers = map[string]string{}
		}
		a.answers[q.Name] = answer
		return answer, true
	}
}
