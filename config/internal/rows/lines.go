package rows

import (
	"bytes"
	"errors"
	"io"
)

// lines cuts a text into lines. They end with LF, CRLF or CR, as editors see it, also
// where these are mixed.
type lines struct {
	in   io.Reader
	buf  []byte
	r, w int // what has been read and not been given out is buf[r:w]
	lf   int // the first LF at or after r is at lf or later; none before it
	done error

	line uint32 // of what comes next, from 1
	off  int    // of what comes next, from 0
}

const bufferSize = 64 << 10

func newLines(in io.Reader, off int) *lines {
	return &lines{in: in, buf: make([]byte, bufferSize), line: 1, off: off}
}

// here returns the place of what comes next.
func (l *lines) here() Pos { return Pos{Line: l.line, Byte: uint32(l.off)} }

// peek returns the beginning of what comes next, and whether that is all of it.
func (l *lines) peek() (head []byte, all bool) {
	for l.w-l.r < bufferSize/4 && l.done == nil {
		l.fill()
	}
	return l.buf[l.r:l.w], l.done != nil
}

// fill reads more behind what is there.
func (l *lines) fill() {
	if l.r > 0 {
		copy(l.buf, l.buf[l.r:l.w])
		l.w, l.lf, l.r = l.w-l.r, max(0, l.lf-l.r), 0
	}
	if l.w == len(l.buf) {
		l.buf = append(l.buf, make([]byte, len(l.buf))...)
	}
	for range 100 {
		n, err := l.in.Read(l.buf[l.w:])
		l.w += n
		if l.done = err; n > 0 || err != nil {
			return
		}
	}
	l.done = io.ErrNoProgress
}

var errLongLine = errors.New("the line is too long")

// next returns a line without its end, valid until the next call. At the end it
// returns io.EOF.
func (l *lines) next() ([]byte, error) {
	for {
		if line, size, ok := l.cut(); ok {
			l.r, l.off, l.line = l.r+size, l.off+size, l.line+1
			return line, nil
		}
		rest := l.buf[l.r:l.w]
		switch {
		case len(rest) > MaxRow:
			return nil, errLongLine
		case l.done == nil:
			l.fill()
		case !errors.Is(l.done, io.EOF):
			return nil, l.done
		case len(rest) == 0:
			return nil, io.EOF
		default:
			l.r, l.off, l.line = l.w, l.off+len(rest), l.line+1
			return bytes.TrimSuffix(rest, []byte("\r")), nil
		}
	}
}

// cut finds the end of a line in the buffer. size counts the line with its end.
func (l *lines) cut() (line []byte, size int, ok bool) {
	if l.lf < l.r {
		l.lf = l.r
	}
	if l.lf < l.w && l.buf[l.lf] != '\n' {
		if i := bytes.IndexByte(l.buf[l.lf:l.w], '\n'); i >= 0 {
			l.lf += i
		} else {
			l.lf = l.w
		}
	}
	rest := l.buf[l.r:l.lf]
	i := bytes.IndexByte(rest, '\r')
	switch {
	case i >= 0 && i < len(rest)-1:
		return rest[:i], i + 1, true
	case i >= 0 && l.lf < l.w:
		return rest[:i], i + 2, true
	case i >= 0: // whether an LF follows is not known
		return nil, 0, false
	case l.lf < l.w:
		return rest, len(rest) + 1, true
	}
	return nil, 0, false
}
