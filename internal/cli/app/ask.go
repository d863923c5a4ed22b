package app

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
)

// ReadLine reads a line of the standard input, with its end.
func (a *App) ReadLine() (string, error) {
	return a.Input().ReadString('\n')
}

// Input returns the standard input, with what has been read ahead of it.
func (a *App) Input() *bufio.Reader {
	if a.stdin == nil {
		a.stdin = bufio.NewReader(a.Stdin)
	}
	return a.stdin
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

// Piped returns the standard input for a configuration that reads rows from it: each time
// from its beginning. nil: it is a terminal.
func (a *App) Piped() io.Reader {
	if a.StdinTerminal || a.Stdin == nil {
		return nil
	}
	if a.input == nil {
		a.input = &replayed{in: a.Stdin}
	}
	return &replay{of: a.input}
}

// replayed is an input that is kept as far as it has been read.
type replayed struct {
	in   io.Reader
	kept []byte
}

// replay reads it from its beginning.
type replay struct {
	of *replayed
	at int
}

// Read implements io.Reader.
func (r *replay) Read(p []byte) (int, error) {
	if r.at == len(r.of.kept) {
		n, err := r.of.in.Read(p)
		r.of.kept = append(r.of.kept, p[:n]...)
		r.at += n
		return n, err
	}
	n := copy(p, r.of.kept[r.at:])
	r.at += n
	return n, nil
}
