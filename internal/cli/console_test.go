package cli_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/cli"
)

const consoleFiles = `
provider "trackingmore" {
  endpoint = "sandbox"
}

variable "shop" {
  default = "berlin"
}

variable "token" {
  default   = { hunter = "2" }
  sensitive = true
}

locals {
  sizes = { small = 1, "very large" = 9, "a\u001bb" = 3 }
}

tracking "shoes" {
  carrier_code    = "sto"
  tracking_number = "402934299065"
  title           = "Red shoes"
}

tracking "orders" {
  for_each        = { "A-1" = "YT4538216790123", "A-2" = "YT4538216790124" }
  carrier_code    = "yto"
  tracking_number = each.value
}

data "remote_area" "home" {
  country  = "US"
  postcode = "94107"
}
`

// typing is a console on a terminal where somebody has typed something.
type typing struct {
	env  cli.Env
	out  bytes.Buffer
	open atomic.Int32 // how often the terminal was made raw, and not restored
}

func newTyping(t *testing.T, keys io.Reader) *typing {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(consoleFiles), 0o600); err != nil {
		t.Fatal(err)
	}
	ty := &typing{}
	ty.env = cli.Env{
		Stdin: keys, Stdout: &ty.out, Stderr: &ty.out, StdinTerminal: true, StdoutWidth: 80, StderrWidth: 80,
		Terminal: &cli.Terminal{
			Raw:     func() (func(), error) { ty.open.Add(1); return func() { ty.open.Add(-1) }, nil },
			Columns: func() int { return 80 },
		},
		Environ: map[string]string{"NO_COLOR": "1"}, Dir: dir, Now: time.Now, Version: "0.1.0",
	}
	return ty
}

var (
	drawing = regexp.MustCompile(`\x1b\[[?0-9;]*[A-Za-z]`)
	below   = regexp.MustCompile(`(?s)\x1b\[\?2004l(.*?)(?:\x1b\[\?2004h|$)`)
)

// said is what the console has written while no line is edited.
func (ty *typing) said() (said []string) {
	for _, m := range below.FindAllStringSubmatch(ty.out.String(), -1) {
		if answer := strings.TrimSpace(m[1]); answer != "" {
			said = append(said, answer)
		}
	}
	return said
}

// check looks at what must hold whatever is typed: the terminal is restored, and nothing
// hidden went to it.
func (ty *typing) check(t *testing.T) {
	t.Helper()
	if n := ty.open.Load(); n != 0 {
		t.Errorf("the terminal was not restored %d times", n)
	}
	for _, r := range drawing.ReplaceAllString(ty.out.String(), "") {
		if r != '\r' && r != '\n' && (r < ' ' || r == '\u202e' || r == '\u009b' || r == '\u0085') {
			t.Errorf("%q went to the terminal: %q", r, ty.out.String())
		}
	}
}

// TestConsoleAnything types anything: keys, pieces of them, and bytes.
func TestConsoleAnything(t *testing.T) {
	t.Parallel()
	key := rapid.SampledFrom([]string{
		"1", "+", " ", "\"", "[", "]", ".", "tracking.", "local.sizes", "中", "\t", "\r", "\n", "\x01", "\x03", "\x05", "\x0b", "\x0c", "\x14", "\x15", "\x17", "\x7f",
		"\x1b", "\x1b[", "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[H", "\x1b[F", "\x1b[3~", "\x1b[1;5D", "\x1bOA", "\x1bf", "\x1b[200~", "\x1b[201~", "\x1b[31m", "\u202e", "\u009b", "\xff", "\xe4",
	})
	rapid.Check(t, func(r *rapid.T) {
		keys := strings.Join(rapid.SliceOfN(key, 0, 40).Draw(r, "keys"), "")
		ty := newTyping(t, strings.NewReader(keys))
		if code := cli.Run(context.Background(), ty.env, []string{"console"}); code != cli.OK {
			t.Errorf("%q: it ended with %d: %q", keys, code, ty.out.String())
		}
		ty.check(t)
	})
}

// TestConsoleKeys types what people type.
func TestConsoleKeys(t *testing.T) {
	t.Parallel()
	const tooLong = "Error: The line is too long\n\nA line that is typed has up to 4,095 characters. Write it in several, with\nsomething in brackets open at the end of each, or read it from a pipe."
	for _, tt := range []struct {
		name, keys string
		want       []string
		listed     string
	}{
		{"a line", "1 + 2\r", []string{"3"}, ""},
		{"home and end of xterm", "10 - 3\x1b[H(\x1b[F) * 2\r", []string{"14"}, ""},
		{"of tmux", "10 - 3\x1b[1~(\x1b[4~) * 2\r", []string{"14"}, ""},
		{"of the application mode", "10 - 3\x1bOH(\x1bOF) * 2\r", []string{"14"}, ""},
		{"Ctrl-A and Ctrl-E", "10 - 3\x01(\x05) * 2\r", []string{"14"}, ""},
		{"arrows, Backspace and Delete", "1234\x1b[D\x7f\x1b[D\x1b[D\x1b[3~\r", []string{"24"}, ""},
		{"Ctrl-W", "40 + nope nope\x17\x17 2\r", []string{"42"}, ""},
		{"Ctrl-U and Ctrl-K", "nope + 1\x1b[D\x1b[D\x1b[D\x1b[D\x151\r2 + nope\x1b[D\x1b[D\x1b[D\x1b[D\x0b3\r", []string{"2", "5"}, ""},
		{"by words", "10 20\x1b[1;5D\x1b[1;5D-\x1b[1;5C+ \r", []string{"10"}, ""},
		{"Up and Down", "1\r2\r\r2\r\x1b[A\x1b[A\r\x1b[A\x1b[A\x1b[A\x1b[B\r", []string{"1", "2", "2", "1", "2"}, ""},
		{"Ctrl-C clears the line", "nope\x031\r", []string{"1"}, ""},
		{"Ctrl-C ends what is open", "[for k in\rkeys\x031\r", []string{"1"}, ""},
		{"typed ahead of Ctrl-C", "1\rnope\x032\r", []string{"1", "2"}, ""},
		{"several lines", "length([\r1,\r2\r])\r", []string{"2"}, ""},
		{"Ctrl-D deletes", "123\x1b[D\x1b[D\x04\r", []string{"13"}, ""},
		{"Ctrl-D ends", "1\r\x042\r", []string{"1"}, ""},
		{"exit ends", "exit\r2\r", nil, ""},
		{"keys that mean nothing", "1\x1b[15~\x1b[1;2A\x1bOP\x1b[5~ + 1\r", []string{"2"}, ""},
		{"lines of Windows", "1\r\n2\r\n", []string{"1", "2"}, ""},
		{"a paste", "\x1b[200~length([\n\t1,\n\t2\n])\n3\x1b[201~\r", []string{"2", "3"}, ""},
		{"pasted keys are text", "\x1b[200~length(\"\x1b[31m\x03\x15\u202e\u0085\")\x1b[201~\r", []string{"9"}, ""},
		{"typed marks are shown", "\"\u202e\u009b\"\r", []string{`"\u202e\u009b"`}, ""},
		{"beyond the line of a terminal", "\x1b[200~length(\"" + strings.Repeat("x", 10000) + "\")\x1b[201~\r", []string{"10000"}, ""},
		{"a paste without an end", "\x1b[200~1\r", []string{"1"}, ""},
		{"Ctrl-C in a key that has not come whole", "nope\x1b[\x031\rnope\x1b[1;\x032\rnope\x1bO\x033\r", []string{"1", "2", "3"}, ""},
		{"Enter in one", "1\x1b[\r2\x1bO\r", []string{"1", "2"}, ""},
		{"too long a line", "length(\"" + strings.Repeat("x", 4085) + "\")\r1 + " + strings.Repeat("1", 4092) + "\r[\r\"" + strings.Repeat("é", 5000) + "\"\r2\r", []string{"4085", tooLong, tooLong, "2"}, ""},
		{"no UTF-8", "\"\xff\"\r", []string{`"\ufffd"`}, ""},

		{"a name", "upp\t\"a\")\r", []string{`"A"`}, ""},
		{"a variable", "var.s\t\r", []string{`"berlin"`}, ""},
		{"a local value", "loc\tsi\t.\t\r", []string{"1"}, ""},
		{"a key", "local.sizes[\"v\t\r", []string{"9"}, ""},
		{"a tracking", "tracking.sh\t.titl\t\r", []string{`"Red shoes"`}, ""},
		{"a row", "tracking.o\t[\t\t2\t.tracking_n\t\r", []string{`"YT4538216790124"`}, `"A-1"]  "A-2"]`},
		{"in the middle", "length(var.s)\x1b[D\t\r", []string{"6"}, ""},
		{"data", "data.\tho\t.c\t\t\x151\r", []string{"1"}, "companies  company  country"},
		{"several are listed", "tracking\t\x151\r", []string{"1"}, "tracking.  trackings."},
		{"none", "nope.\t\x151\r", []string{"1"}, ""},
		{"a hidden key is an escape", "local.sizes[\t\t\x151\r", []string{"1"}, `"a\u001bb"]  "small"]  "very large"]`},
		{"nothing of what is sensitive", "var.token.\t\x151\r", []string{"1"}, ""},
		{"nothing while pasting", "\x1b[200~1 +\t1\x1b[201~\r", []string{"2"}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			ty := newTyping(t, strings.NewReader(tt.keys))
			code := cli.Run(context.Background(), ty.env, []string{"console"})
			if diff := cmp.Diff(tt.want, ty.said()); diff != "" || code != cli.OK {
				t.Errorf("it ended with %d; -want +got:\n%s\n%q", code, diff, ty.out.String())
			}
			if !strings.Contains(drawing.ReplaceAllString(ty.out.String(), ""), tt.listed) {
				t.Errorf("it does not list %s: %q", tt.listed, ty.out.String())
			}
			ty.check(t)
		})
	}
}

// panicking is a terminal whose keys bring the program down.
type panicking struct{}

func (panicking) Read([]byte) (int, error) { panic("a key") }

// TestConsolePanics: the terminal is restored all the same.
func TestConsolePanics(t *testing.T) {
	t.Parallel()
	ty := newTyping(t, panicking{})
	code := cli.Run(context.Background(), ty.env, []string{"console"})
	if code != cli.Failure || ty.open.Load() != 0 || !strings.HasSuffix(strings.Split(ty.out.String(), "Error")[0], "\x1b[?2004l") {
		t.Errorf("it ended with %d, the terminal %d times raw: %q", code, ty.open.Load(), ty.out.String())
	}
}
