package render

import (
	"bytes"
	"io"
	"regexp"
	"strings"
	"sync"

	"github.com/tmsync/tmsync/internal/text"
)

// Screen is a terminal whose lines are broken between words. A word that is wider than
// the screen stays whole.
type Screen struct {
	mu    sync.Mutex
	out   io.Writer
	width int
	line  []byte // what has come of a line, and is not written
	at    int    // in which column what comes next is
}

// NewScreen returns the screen of a terminal of some columns.
func NewScreen(out io.Writer, width int) *Screen { return &Screen{out: out, width: width} }

// Exact returns the terminal itself, for what programs read and people copy.
func (s *Screen) Exact() io.Writer {
	_ = s.Flush()
	return s.out
}

// Write implements io.Writer. A line is written when it has ended, a question, which
// ends with a space, and a line that replaces itself at once.
func (s *Screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.line = append(s.line, p...)
	var out bytes.Buffer
	for {
		n := bytes.IndexByte(s.line, '\n')
		if n < 0 {
			break
		}
		out.WriteString(s.broken(string(s.line[:n])) + "\n")
		s.line, s.at = s.line[n+1:], 0
	}
	switch rest := string(s.line); {
	case strings.Contains(rest, "\r"):
		out.WriteString(rest)
		s.line, s.at = nil, 0
	case strings.HasSuffix(rest, " "):
		out.WriteString(s.broken(rest))
		s.line, s.at = nil, s.at+text.Columns(rest)
	}
	if _, err := s.out.Write(out.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Flush writes what has no end.
func (s *Screen) Flush() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := io.WriteString(s.out, s.broken(string(s.line)))
	s.line = nil
	return err
}

// broken breaks a line, unless it fits or replaces itself.
func (s *Screen) broken(line string) string {
	if line = strings.ReplaceAll(line, "\t", "    "); s.at+len(line) <= s.width || strings.Contains(line, "\r") || s.at+text.Columns(line) <= s.width {
		return line
	}
	return text.Hang(line, s.width, s.at, margin(line, s.width))
}

// colours are the escape sequences of paint and of diagnostics.
var colours = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// argument is what goes before the value of an argument.
var argument = regexp.MustCompile(`^ *(?:[^ ] )?[a-z_]+ += `)

// margin is how the other lines of a broken line begin: below its comment, its value or
// its last column, or behind its indentation.
func margin(line string, width int) string {
	line = colours.ReplaceAllString(line, "")
	plain := strings.TrimLeft(line, " ")
	indent := len(line) - len(plain)
	if column := comment(line); column >= 0 && column < width {
		if column > width/2 {
			column = indent
		}
		return strings.Repeat(" ", column) + "# "
	}
	if n := len(argument.FindString(line)); n > 0 && n <= width/2 {
		return strings.Repeat(" ", n)
	}
	if n := strings.LastIndex(plain, "  "); n > 0 {
		if column := indent + text.Columns(plain[:n+2]); column <= width/2 {
			return strings.Repeat(" ", column)
		}
	}
	if indent > 0 {
		indent = min(indent+2, width/2)
	}
	return strings.Repeat(" ", indent)
}

// comment returns the column in which a comment begins, -1 for none.
func comment(line string) int {
	quoted := false
	for i := range len(line) {
		switch {
		case line[i] == '"':
			quoted = !quoted
		case line[i] == '#' && !quoted && (i == 0 || line[i-1] == ' ') && strings.HasPrefix(line[i+1:], " "):
			return text.Columns(line[:i])
		}
	}
	return -1
}
