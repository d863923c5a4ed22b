package rows

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tmsync/tmsync/internal/text"
)

// walk reads the objects of a file, one after the other.
type walk struct {
	in    *input
	path  []string
	count *lineCounter
	dec   *jsontext.Decoder
	list  bool // dec stands in the list

	raw   []byte // the object, valid until the next one
	start Pos
}

func newWalk(in *input, at string) *walk {
	r, start := in.text()
	w := &walk{in: in, count: &lineCounter{in: r, line: 1, limit: 1 << 62}, start: Pos{Line: 1, Byte: uint32(start)}}
	if at != "" {
		w.path = strings.Split(at, ".")
	}
	w.dec = jsontext.NewDecoder(w.count)
	return w
}

// here records the place of a value of so many bytes that was read last.
func (w *walk) here(size int) {
	at := w.dec.InputOffset() - int64(size)
	w.start = Pos{Line: w.count.lineAt(at), Byte: uint32(at) + uint32(w.in.mark)}
}

// next reads the next object. At the end it returns io.EOF.
func (w *walk) next() error {
	for {
		switch kind := w.dec.PeekKind(); {
		case kind == 0:
			_, err := w.dec.ReadToken()
			return w.problem(err)
		case w.list && kind == ']', !w.list && w.dec.StackDepth() > 0:
			if err := w.leave(); err != nil {
				return w.problem(err)
			}
		case w.list || kind == '{' && len(w.path) == 0:
			return w.object(kind)
		default:
			if err := w.enter(); err != nil {
				return w.problem(err)
			}
		}
	}
}

// object reads what is to be a row.
func (w *walk) object(kind jsontext.Kind) error {
	w.count.limit = w.dec.InputOffset() + MaxRow
	raw, err := w.dec.ReadValue()
	w.count.limit = 1 << 62
	if err != nil {
		return w.problem(err)
	}
	w.here(len(raw))
	w.raw = raw
	switch {
	case len(raw) > MaxRow:
		return w.problem(errLongLine)
	case w.in.coding != nil && bytes.Contains(raw, undecoded):
		return fail(w.start, "File is not in its encoding", "This object has bytes that are no character of %s. Name the encoding that the file has.", w.in.coded)
	case kind != '{':
		e := fail(w.start, "Not an object", "Every element of the list must be an object, such as {\"number\": \"402934299065\"}; this one is %s.", kindName(kind)).(*Error)
		e.Row = true
		return e
	}
	return nil
}

// leave goes to the end of the document.
func (w *walk) leave() error {
	w.list = false
	for w.dec.StackDepth() > 0 {
		switch w.dec.PeekKind() {
		case ']', '}':
			if _, err := w.dec.ReadToken(); err != nil {
				return err
			}
		default:
			if err := w.dec.SkipValue(); err != nil {
				return err
			}
		}
	}
	return nil
}

// enter goes to the list of a document.
func (w *walk) enter() error {
	for i, name := range w.path {
		if kind := w.dec.PeekKind(); kind != '{' {
			w.here(0)
			return fail(w.start, "List not found", "%s of the file is %s, and has no %q. Say where the list is: path = \"data.orders\" for example.", placeIn(w.path[:i]), kindName(kind), name)
		}
		if _, err := w.dec.ReadToken(); err != nil {
			return err
		}
		names, err := w.find(name)
		if err != nil {
			return err
		}
		if names != nil {
			w.here(0)
			return fail(w.start, "List not found", "%s of the file has no %q. It has: %s.", placeIn(w.path[:i]), name, quoteAll(names))
		}
	}
	switch kind := w.dec.PeekKind(); kind {
	case '[':
		_, err := w.dec.ReadToken()
		w.list = err == nil
		return err
	case 'n':
		return w.dec.SkipValue()
	default:
		if _, err := w.dec.ReadValue(); err != nil {
			return err
		}
		w.here(0)
		return fail(w.start, "Not a list", "%s of the file must be a list of objects; it is %s.", placeIn(w.path), kindName(kind))
	}
}

// find goes to the value of a member. If there is none it returns the names that there
// are.
func (w *walk) find(name string) (names []string, err error) {
	names = []string{}
	for {
		if w.dec.PeekKind() == '}' {
			return names, nil
		}
		token, err := w.dec.ReadToken()
		if err != nil {
			return nil, err
		}
		if token.String() == name {
			return nil, nil
		}
		if names = append(names, token.String()); len(names) > 20 {
			names = names[:20]
		}
		if err := w.dec.SkipValue(); err != nil {
			return nil, err
		}
	}
}

// problem makes an error of package jsontext one of ours.
func (w *walk) problem(err error) error {
	var ours *Error
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil, errors.As(err, &ours):
		return err
	case errors.Is(err, errLongLine):
		w.here(0)
		return fail(w.start, "JSON object too large", "An object of a JSON file may have %s; this one has more.", text.Size(MaxRow))
	case errors.As(err, &syntax):
		pos := Pos{Line: w.count.lineAt(syntax.ByteOffset), Byte: uint32(syntax.ByteOffset)}
		why := "it ends too early"
		if syntax.Err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			why = strings.TrimPrefix(syntax.Err.Error(), "jsontext: ")
		}
		return fail(pos, "Invalid JSON", "The file cannot be read as JSON: %s.", why)
	case errors.Is(err, io.ErrUnexpectedEOF):
		w.here(0)
		return fail(w.start, "Invalid JSON", "The file cannot be read as JSON: it ends too early.")
	}
	return err
}

// checkWrapped complains of a file that is one object with lists of objects in it: which
// of these the rows are, people must say.
func checkWrapped(in *input) error {
	w := newWalk(in, "")
	if w.dec.PeekKind() != '{' {
		return nil
	}
	var lists []string
	var path []string
	for {
		token, err := w.dec.ReadToken()
		if err != nil {
			return nil // what is wrong is met again
		}
		depth := w.dec.StackDepth()
		kind, length := w.dec.StackIndex(depth)
		if kind == '{' && length%2 == 1 { // a name
			path = append(path[:min(depth-1, len(path))], token.String())
		}
		switch {
		case depth == 0 && w.dec.PeekKind() != 0:
			return nil // NDJSON
		case depth == 0 && len(lists) == 0:
			return nil
		case depth == 0:
			return &Error{Pos: Pos{Line: 1}, Summary: "List not found", Lists: lists, Detail: fmt.Sprintf("The file is one object, with the rows somewhere in it. Say where: path = %q. There are: %s. A single row is read from a file whose name ends with .ndjson.", lists[0], quoteAll(lists))}
		case token.Kind() == '[':
			if w.dec.PeekKind() == '{' && len(lists) < 5 {
				lists = append(lists, strings.Join(path, "."))
			}
			if err := skipList(w.dec); err != nil {
				return nil
			}
		}
	}
}

// skipList goes to the end of the list that dec stands in.
func skipList(dec *jsontext.Decoder) error {
	for dec.PeekKind() != ']' {
		if err := dec.SkipValue(); err != nil {
			return err
		}
	}
	_, err := dec.ReadToken()
	return err
}

func quoteAll(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = fmt.Sprintf("%q", name)
	}
	return strings.Join(quoted, ", ")
}

func placeIn(path []string) string {
	if len(path) == 0 {
		return "The top"
	}
	return fmt.Sprintf("%q", strings.Join(path, "."))
}

func kindName(kind jsontext.Kind) string {
	switch kind {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case '0':
		return "a number"
	case 'n':
		return "null"
	}
	return "true or false"
}

// lineCounter counts the lines of what is read through it.
type lineCounter struct {
	in    io.Reader
	limit int64 // nothing beyond it may be read
	read  int64
	last  byte
	ends  []int64 // the ends of lines that nobody has asked for yet
	line  uint32  // of what comes before them
}

// Read implements io.Reader.
func (c *lineCounter) Read(p []byte) (int, error) {
	if c.read > c.limit {
		return 0, errLongLine
	}
	n, err := c.in.Read(p)
	for i, b := range p[:n] {
		if b == '\r' || b == '\n' && c.last != '\r' {
			c.ends = append(c.ends, c.read+int64(i))
		}
		c.last = b
	}
	c.read += int64(n)
	return n, err
}

// lineAt returns the line of a byte. It must not lie before the one asked for last.
func (c *lineCounter) lineAt(at int64) uint32 {
	n, _ := slices.BinarySearch(c.ends, at)
	c.line += uint32(n)
	c.ends = c.ends[:copy(c.ends, c.ends[n:])]
	return c.line
}
