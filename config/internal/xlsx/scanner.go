package xlsx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tmsync/tmsync/internal/text"
)

// scanner reads the XML of a workbook: elements, their attributes and texts. Package
// encoding/xml takes 5 s for a sheet of 100,000 rows, this one a tenth of it. It knows no
// entities but the five of XML, and nothing that would read another file.
type scanner struct {
	in    io.Reader
	buf   []byte
	r, w  int
	err   error // of in
	most  int64 // bytes that may be read
	total int64 // that have been

	names []byte // of the elements that are open, one after the other
	opens []int  // where each of them begins
	ended bool   // the tag that was read last is an element without content

	attrs []byte // of the element that began last
	text  []byte
}

// The bounds of a part of a workbook, in bytes and elements.
const (
	maxPart  = 1 << 30  // a sheet, or the texts that cells share
	maxSmall = 64 << 20 // another part
	maxToken = 2 << 20
	maxOpen  = 100
)

type token int

const (
	begin token = iota
	end
	chars
	eof
)

var errTruncated = errors.New("it ends too early")

func newScanner(in io.Reader, most int64) *scanner {
	return &scanner{in: in, most: most, buf: make([]byte, 64<<10)}
}

// more reads more of the part. It reports false at its end.
func (s *scanner) more() bool {
	if s.err != nil {
		return false
	}
	if s.r > 0 {
		copy(s.buf, s.buf[s.r:s.w])
		s.r, s.w = 0, s.w-s.r
	}
	if s.w == len(s.buf) {
		if len(s.buf) > maxToken {
			s.err = fmt.Errorf("a text or a tag in it has more than %s", text.Size(maxToken))
			return false
		}
		s.buf = append(s.buf, make([]byte, len(s.buf))...)
	}
	for range 100 {
		var n int
		n, s.err = s.in.Read(s.buf[s.w:])
		s.w += n
		if s.total += int64(n); s.total > s.most {
			s.err = fmt.Errorf("it has more than %s when it is unpacked", text.Size(s.most))
			return false
		}
		if n > 0 {
			return true
		}
		if s.err != nil {
			return false
		}
	}
	s.err = io.ErrNoProgress
	return false
}

// stopped returns why there is no more.
func (s *scanner) stopped() error {
	if s.err == nil || errors.Is(s.err, io.EOF) {
		return errTruncated
	}
	return s.err
}

// until returns what comes before a mark, and goes behind it.
func (s *scanner) until(mark string) ([]byte, error) {
	from := 0
	for {
		rest := s.buf[s.r:s.w]
		if i := bytes.Index(rest[from:], []byte(mark)); i >= 0 {
			s.r += from + i + len(mark)
			return rest[:from+i], nil
		}
		from = max(0, len(rest)-len(mark)+1)
		if !s.more() {
			return nil, s.stopped()
		}
	}
}

// has reports whether a text comes next.
func (s *scanner) has(what string) bool {
	for s.w-s.r < len(what) && s.more() {
	}
	return bytes.HasPrefix(s.buf[s.r:s.w], []byte(what))
}

// next goes to the next token. name is that of an element, without its prefix; it and
// what attr and text return are valid until the next call.
func (s *scanner) next() (kind token, name []byte, err error) {
	if s.ended {
		s.ended = false
		return end, s.pop(), nil
	}
	for {
		if s.r == s.w && !s.more() {
			if !errors.Is(s.err, io.EOF) {
				return eof, nil, s.err
			}
			if len(s.opens) > 0 {
				return eof, nil, errTruncated
			}
			return eof, nil, nil
		}
		if s.buf[s.r] != '<' {
			return chars, nil, s.readText()
		}
		switch {
		case s.has("</"):
			return s.readEnd()
		case s.has("<?"):
			if err := s.instruction(); err != nil {
				return eof, nil, err
			}
		case s.has("<!--"):
			if _, err := s.until("-->"); err != nil {
				return eof, nil, err
			}
		case s.has("<![CDATA["):
			raw, err := s.until("]]>")
			if err != nil {
				return eof, nil, err
			}
			s.text = append(s.text[:0], raw[len("<![CDATA["):]...)
			return chars, nil, s.checkText()
		case s.has("<!"):
			return eof, nil, errors.New("it has a document type, which no workbook has")
		default:
			return s.readBegin()
		}
	}
}

// instruction passes over what stands in <? ?>. The only one that matters names an
// encoding.
func (s *scanner) instruction() error {
	raw, err := s.until("?>")
	if err != nil || !bytes.HasPrefix(raw, []byte("<?xml ")) {
		return err
	}
	s.attrs = raw[len("<?xml "):]
	named, ok, err := s.attr("encoding")
	if err != nil || !ok || strings.EqualFold(string(named), "utf-8") || strings.EqualFold(string(named), "us-ascii") {
		return err
	}
	return errors.New("it is not written in UTF-8")
}

// readText reads up to the next tag.
func (s *scanner) readText() error {
	from := 0
	for {
		rest := s.buf[s.r:s.w]
		if i := bytes.IndexByte(rest[from:], '<'); i >= 0 {
			from += i
			break
		}
		from = len(rest)
		if !s.more() {
			break
		}
	}
	if s.err != nil && !errors.Is(s.err, io.EOF) {
		return s.err
	}
	raw := s.buf[s.r : s.r+from]
	s.r += from
	if len(s.opens) == 0 {
		if len(bytes.Trim(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf")), " \t\r\n")) > 0 {
			return errors.New("it is no XML")
		}
		s.text = s.text[:0]
		return nil
	}
	if bytes.IndexByte(raw, '&') < 0 && bytes.IndexByte(raw, '\r') < 0 {
		s.text = append(s.text[:0], raw...)
		return s.checkText()
	}
	var err error
	if s.text, err = appendUnescaped(s.text[:0], raw); err != nil {
		return err
	}
	return s.checkText()
}

func (s *scanner) checkText() error {
	if text.InvalidUTF8(s.text) >= 0 {
		return errors.New("it is not written in UTF-8")
	}
	return nil
}

// readBegin reads the tag that opens an element.
func (s *scanner) readBegin() (token, []byte, error) {
	size := 1
	var quote byte
	for {
		if s.r+size == s.w {
			if !s.more() {
				return eof, nil, s.stopped()
			}
			continue
		}
		c := s.buf[s.r+size]
		size++
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
			continue
		case c == '"' || c == '\'':
			quote = c
			continue
		case c == '<':
			return eof, nil, errors.New("a tag in it is not closed")
		case c != '>':
			continue
		}
		break
	}
	tag := s.buf[s.r+1 : s.r+size-1]
	s.r += size
	if n := len(tag); n > 0 && tag[n-1] == '/' {
		tag, s.ended = tag[:n-1], true
	}
	name := tag
	s.attrs = nil
	if i := bytes.IndexAny(tag, " \t\r\n"); i >= 0 {
		name, s.attrs = tag[:i], tag[i:]
	}
	if len(name) == 0 || len(name) > 200 || len(s.opens) == maxOpen {
		return eof, nil, errors.New("it is no XML of a workbook")
	}
	s.opens = append(s.opens, len(s.names))
	s.names = append(s.names, name...)
	return begin, local(name), nil
}

// readEnd reads the tag that closes an element.
func (s *scanner) readEnd() (token, []byte, error) {
	tag, err := s.until(">")
	if err != nil {
		return eof, nil, err
	}
	name := bytes.TrimRight(tag[2:], " \t\r\n")
	if len(s.opens) == 0 || !bytes.Equal(name, s.names[s.opens[len(s.opens)-1]:]) {
		return eof, nil, errors.New("a tag in it closes what is not open")
	}
	return end, s.pop(), nil
}

// pop closes the innermost element.
func (s *scanner) pop() []byte {
	last := len(s.opens) - 1
	name := s.names[s.opens[last]:]
	s.names, s.opens = s.names[:s.opens[last]], s.opens[:last]
	return local(name)
}

// local returns a name without its prefix.
func local(name []byte) []byte { return name[bytes.LastIndexByte(name, ':')+1:] }

// attr returns an attribute of the element that began last. want is its name without
// a prefix.
func (s *scanner) attr(want string) (value []byte, ok bool, err error) {
	rest := s.attrs
	for {
		rest = bytes.TrimLeft(rest, " \t\r\n")
		if len(rest) == 0 {
			return nil, false, nil
		}
		name, after, found := bytes.Cut(rest, []byte("="))
		name, after = bytes.TrimRight(name, " \t\r\n"), bytes.TrimLeft(after, " \t\r\n")
		if !found || len(after) < 2 || after[0] != '"' && after[0] != '\'' {
			return nil, false, errors.New("an attribute in it has no value")
		}
		i := bytes.IndexByte(after[1:], after[0])
		if i < 0 {
			return nil, false, errors.New("an attribute in it is not closed")
		}
		raw := after[1 : 1+i]
		rest = after[2+i:]
		if string(local(name)) != want {
			continue
		}
		if bytes.IndexByte(raw, '&') < 0 {
			return raw, true, nil
		}
		value, err := appendUnescaped(nil, raw)
		return value, true, err
	}
}

var entities = map[string]rune{"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\''}

// appendUnescaped writes out entities, and line ends as XML has them.
func appendUnescaped(to, raw []byte) ([]byte, error) {
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; c {
		case '\r':
			if to = append(to, '\n'); i+1 < len(raw) && raw[i+1] == '\n' {
				i++
			}
		case '&':
			size := bytes.IndexByte(raw[i:min(len(raw), i+12)], ';')
			if size < 0 {
				return nil, errors.New("an entity in it is not closed")
			}
			char, ok := entity(string(raw[i+1 : i+size]))
			if !ok {
				return nil, errors.New("it has an entity that XML does not know")
			}
			to = utf8.AppendRune(to, char)
			i += size
		default:
			to = append(to, c)
		}
	}
	return to, nil
}

func entity(name string) (rune, bool) {
	if char, ok := entities[name]; ok {
		return char, true
	}
	digits, numeric := strings.CutPrefix(name, "#")
	if !numeric {
		return 0, false
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 21)
	return rune(n), err == nil && n != 0 && utf8.ValidRune(rune(n))
}
