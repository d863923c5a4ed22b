package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/term"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
)

// errCleared means that Ctrl-C has cleared the line.
var errCleared = errors.New("the line was cleared")

// errFull means that a line was typed of which only the beginning was taken.
var errFull = errors.New("the line is full")

// mostTyped is how many characters x/term takes of a line that is typed. What comes
// then it drops without a word. Of a paste it takes all.
const mostTyped = 4096

// editor reads lines that are edited on a terminal. What was typed before is kept in
// memory only, since it may hold secrets.
type editor struct {
	app  *app.App
	keys *keys
	term *term.Terminal
	// panicked is what went wrong while x/term has called: a panic that goes through it
	// unlocks what is not locked, which ends the process at once.
	panicked any
}

// errPanicked makes x/term return.
var errPanicked = errors.New("the editor has panicked")

// guarded does something for x/term.
func (e *editor) guarded(do func()) {
	defer func() {
		if v := recover(); v != nil {
			e.panicked = v
		}
	}()
	do()
}

// newEditor returns an editor; nil where there is no terminal that can edit.
func newEditor(a *app.App, complete completer) *editor {
	if a.Terminal == nil || a.Environ["TERM"] == "dumb" {
		return nil
	}
	e := &editor{app: a, keys: &keys{in: a.Input()}}
	e.term = term.NewTerminal(e, "")
	e.term.History = &history{}
	e.term.AutoCompleteCallback = func(line string, at int, key rune) (string, int, bool) {
		if key != '\t' {
			return "", 0, false
		}
		e.guarded(func() { line, at = e.complete(complete, line, at) })
		return line, at, true
	}
	return e
}

// Read is how the terminal's keys are read.
func (e *editor) Read(p []byte) (n int, err error) {
	if e.panicked == nil {
		e.guarded(func() {
			n, err = e.keys.Read(p)
			e.fit()
		})
	}
	if e.panicked != nil {
		return 0, errPanicked
	}
	return n, err
}

// Write is how the line is drawn: nothing is to be wrapped.
func (e *editor) Write(p []byte) (int, error) { return app.Exact(e.app.Stdout).Write(p) }

// fit adapts the drawing to the terminal's width as it is now.
func (e *editor) fit() {
	if columns := e.app.Terminal.Columns(); columns > 0 {
		_ = e.term.SetSize(columns, 24) // it fails where writing does, which is noticed elsewhere
	}
}

// readLine reads one line. Only meanwhile are keys handed over as they are typed: while
// an expression is evaluated, Ctrl-C interrupts it. However it ends, the terminal is as
// it was before.
func (e *editor) readLine(ctx context.Context, prompt string) (string, error) {
	cooked, err := e.app.Terminal.Raw()
	if err != nil {
		return "", err
	}
	restore := sync.OnceFunc(func() {
		e.term.SetBracketedPasteMode(false)
		cooked()
	})
	defer restore()
	defer context.AfterFunc(ctx, restore)() // interrupted, a run leaves without waiting for a key
	e.term.SetBracketedPasteMode(true)
	e.fit()
	e.term.SetPrompt(prompt)
	line, err := e.term.ReadLine()
	if e.panicked != nil {
		panic(e.panicked)
	}
	pasted := errors.Is(err, term.ErrPasteIndicator)
	if pasted {
		err = nil
	}
	switch {
	case err != nil:
	case e.keys.cleared:
		e.keys.cleared = false
		return "", errCleared
	case !pasted && utf8.RuneCountInString(line) == mostTyped:
		return "", errFull
	}
	return line, err
}

// mostListed is how many completions are listed.
const mostListed = 200

// completer returns where the last word of a text begins, and what it may become.
type completer func(before string) (from int, words []string)

// complete inserts as much as all completions have in common. If that is nothing, it
// lists them.
func (e *editor) complete(words completer, line string, at int) (string, int) {
	from, offers := words(line[:at])
	if len(offers) == 0 {
		return line, at
	}
	common := offers[0]
	for _, word := range offers {
		for !strings.HasPrefix(word, common) {
			_, n := utf8.DecodeLastRuneInString(common)
			common = common[:len(common)-n]
		}
	}
	if len(common) == at-from && len(offers) > 1 {
		more := ""
		if n := len(offers) - mostListed; n > 0 {
			offers, more = offers[:mostListed], " and "+text.Count(n)+" more"
		}
		width := max(e.app.Terminal.Columns(), 1)
		listed := text.Wrap(text.Inert(strings.Join(offers, "  "))+more, width, width)
		io.WriteString(e.term, strings.Join(listed, "\n")+"\n")
	}
	return line[:from] + common + line[at:], from + len(common)
}

// history is the lines that were typed, the newest last.
type history struct{ lines []string }

// mostHistory is how many lines are remembered.
const mostHistory = 500

// Add remembers a line, unless it says nothing new.
func (h *history) Add(line string) {
	if strings.TrimSpace(line) == "" || h.Len() > 0 && h.At(0) == line {
		return
	}
	h.lines = append(h.lines, line)
	h.lines = h.lines[max(0, len(h.lines)-mostHistory):]
}

// Len is how many lines there are.
func (h *history) Len() int { return len(h.lines) }

// At returns a line, 0 being the newest.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }

// keys are what a terminal sends, put as x/term knows it. It has no keys of tmux and
// rxvt, takes Ctrl-C for the end, and shows pasted control characters as they are.
type keys struct {
	in      io.Reader
	raw     []byte // as it came
	ready   []byte // to be handed over
	err     error
	pasting bool
	cleared bool // the last line ended with Ctrl-C
}

// Read implements io.Reader. It hands over one line at most, so that cleared is about
// the line that x/term returns next.
func (k *keys) Read(p []byte) (int, error) {
	for !k.next() && len(k.ready) == 0 {
		if k.err != nil {
			return 0, k.err
		}
		var buf [4096]byte
		var n int
		n, k.err = k.in.Read(buf[:])
		k.raw = append(k.raw, buf[:n]...)
	}
	n := copy(p, k.ready)
	k.ready = k.ready[n:]
	return n, nil
}

// The keys as x/term takes them, and the marks of a paste.
const (
	ctrlC      = 0x03
	escape     = 0x1b
	home, end  = "\x1b[H", "\x1b[F"
	deleteKey  = "\x1b[3~"
	wordLeft   = "\x1b[1;3D"
	wordRight  = "\x1b[1;3C"
	eraseLine  = "\x05\x15" // Ctrl-E, Ctrl-U
	pasteStart = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

// sequences are the escape sequences of keys: those of xterm, tmux, rxvt and the
// application mode.
var sequences = map[string]string{
	"\x1b[A": "\x1b[A", "\x1b[B": "\x1b[B", "\x1b[C": "\x1b[C", "\x1b[D": "\x1b[D", "\x1b[H": home, "\x1b[F": end,
	"\x1bOA": "\x1b[A", "\x1bOB": "\x1b[B", "\x1bOC": "\x1b[C", "\x1bOD": "\x1b[D", "\x1bOH": home, "\x1bOF": end,
	"\x1b[1~": home, "\x1b[7~": home, "\x1b[4~": end, "\x1b[8~": end, "\x1b[3~": deleteKey,
	"\x1b[1;5C": wordRight, "\x1b[1;3C": wordRight, "\x1b[1;5D": wordLeft, "\x1b[1;3D": wordLeft, "\x1bf": wordRight, "\x1bb": wordLeft,
}

// mostPasted is how much of a paste is held until its end comes.
const mostPasted = 4 << 20

// next makes the rest of a line ready, as far as it has come. It reports whether there
// is anything.
func (k *keys) next() bool {
	for len(k.ready) == 0 && len(k.raw) > 0 {
		if k.pasting {
			if !k.paste() {
				return false
			}
			continue
		}
		n := k.key()
		if n == 0 {
			return false
		}
		k.raw = k.raw[n:]
	}
	return len(k.ready) > 0
}

// key makes the next key ready, and returns how many bytes it has: 0 if it has not come
// whole.
func (k *keys) key() int {
	switch c := k.raw[0]; {
	case c == ctrlC:
		k.cleared = true
		k.ready = append(k.ready, eraseLine+"\r"...)
		return 1
	case c == escape:
		n := sequence(k.raw)
		switch key := string(k.raw[:n]); {
		case key == pasteStart:
			k.pasting = true
		case n > 0:
			k.ready = append(k.ready, sequences[key]...)
		}
		return n
	case c == '\r' && len(k.raw) > 1 && k.raw[1] == '\n':
		k.ready = append(k.ready, '\r')
		return 2
	case c < ' ' || c == 0x7f:
		k.ready = append(k.ready, c)
		return 1
	case !utf8.FullRune(k.raw) && k.err == nil:
		return 0
	}
	r, n := utf8.DecodeRune(k.raw)
	k.ready = append(k.ready, visible(r)...)
	return n
}

// sequence returns how long the escape sequence at the beginning is: 0 if it has not
// come whole, and 1 for an Esc that begins none.
func sequence(b []byte) int {
	switch {
	case len(b) < 2:
		return 0
	case b[1] == '[':
		for i := 2; i < len(b); i++ {
			switch {
			case b[i] < ' ' || b[i] > '~':
				return i // no sequence has it: it is a key of its own, such as Ctrl-C
			case b[i] >= 0x40:
				return i + 1
			}
		}
		return 0
	case b[1] == 'O' && len(b) < 3:
		return 0
	case b[1] == 'O' && b[2] < ' ':
		return 2
	case b[1] == 'O':
		return 3
	case b[1] == 'f', b[1] == 'b':
		return 2
	}
	return 1
}

// paste makes what is pasted ready once it has come whole: before that, the terminal
// must not be given back. It reports whether it has.
func (k *keys) paste() bool {
	pasted, rest, whole := bytes.Cut(k.raw, []byte(pasteEnd))
	if !whole && len(k.raw) < mostPasted && k.err == nil {
		return false
	}
	k.pasting, k.raw = false, rest
	k.ready = append(k.ready, pasteStart...)
	lines := strings.NewReplacer("\r\n", "\r", "\n", "\r").Replace(string(pasted))
	for _, r := range lines {
		k.ready = append(k.ready, visible(r)...)
	}
	k.ready = append(k.ready, pasteEnd...)
	return true
}

// visible returns a character as it goes into a line. What is hidden becomes an escape,
// which means the same in a string.
func visible(r rune) string {
	switch r {
	case '\t':
		return " "
	case '\r':
		return "\r"
	}
	return text.Inert(string(r))
}
