package render_test

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/render"
)

// TestScreen writes to a terminal of 20 columns.
func TestScreen(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		writes []string
		want   string
	}{
		{"what fits", []string{"twenty columns, fits\n"}, "twenty columns, fits\n"},
		{"between words", []string{"one two three four five\n"}, "one two three four\nfive\n"},
		{"a word too wide", []string{"see https://example.com/a/long/way now\n"}, "see https://example.com/a/long/way\nnow\n"},
		{"an indentation", []string{"  one two three four five\n"}, "  one two three four\n    five\n"},
		{"a comment", []string{"  # one two three four five\n"}, "  # one two three\n  # four five\n"},
		{"behind something", []string{"a = 1 # one two three four\n"}, "a = 1 # one two\n      # three four\n"},
		{"far behind it", []string{"  abc = \"# e\" # one two three four\n"}, "  abc = \"# e\" # one\n  # two three four\n"},
		{"no comment", []string{"a = \"one # two three four five\"\n"}, "a = \"one # two three\n    four five\"\n"},
		{"an argument", []string{"  ~ a = \"one two three\"\n"}, "  ~ a = \"one two\n        three\"\n"},
		{"an indentation that a word needs", []string{"a = \"one\" -> \"1234567890abcd\"\n"}, "a = \"one\" ->\n    \"1234567890abcd\"\n"},
		{"and one more", []string{"a = \"one\" -> \"1234567890abcdef\"\n"}, "a = \"one\" ->\n  \"1234567890abcdef\"\n"},
		{"columns", []string{"name  one two three four\n"}, "name  one two three\n      four\n"},
		{"the last column is far", []string{"a very long name  one two\n"}, "a very long name\none two\n"},
		{"wide letters", []string{"中文中文 中文中文 中文\n"}, "中文中文 中文中文\n中文\n"},
		{"colours", []string{"\x1b[1mone two\x1b[0m three four five\n"}, "\x1b[1mone two\x1b[0m three four\nfive\n"},
		{"a tab", []string{"1:\tone two three four\n"}, "1:    one two three\n      four\n"},
		{"a line in pieces", []string{"one two thr", "ee four fi", "ve\n"}, "one two three four\nfive\n"},
		{"a question", []string{"Enter a value: ", "yes\n"}, "Enter a value: yes\n"},
		{"a piece that ends between words", []string{"one two three four ", "five\n"}, "one two three four \nfive\n"},
		{"what replaces itself", []string{"\r\x1b[K40 of 200, and more of it", "\r\x1b[K", "done\n"}, "\r\x1b[K40 of 200, and more of it\r\x1b[Kdone\n"},
		{"empty lines", []string{"a\n\nb\n"}, "a\n\nb\n"},
		{"no end", []string{"one two three four five"}, "one two three four\nfive"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			s := render.NewScreen(&out, 20)
			for _, w := range tt.writes {
				if n, err := io.WriteString(s, w); n != len(w) || err != nil {
					t.Errorf("%d, %v", n, err)
				}
			}
			if err := s.Flush(); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(tt.want, out.String()); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// TestScreenAtOnce: a question is there before it is answered, and what is exact comes
// behind what was said before.
func TestScreenAtOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	s := render.NewScreen(&out, 20)
	io.WriteString(s, "Enter a value: ")
	if out.String() != "Enter a value: " {
		t.Errorf("%q", out.String())
	}
	io.WriteString(s, "x")
	exact := strings.Repeat("y", 30) + " z\n"
	io.WriteString(s.Exact(), exact)
	if got := out.String(); got != "Enter a value: x"+exact {
		t.Errorf("%q", got)
	}
}
