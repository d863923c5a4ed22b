package state

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strconv"
)

// headerV1 is the header of a state file, in version 4 of the format: a header line,
// one line for each output, sorted by name, then one for each record, sorted by address.
// The same state gives the same bytes. The header is
//
//	{"format":"tmsync-state","version":4,"lineage":"…","serial":7,
//	 "tool":"…","endpoint":"…","account":"…","salt":"…","key_id":"…",
//	 "count":2,"outputs":1,"checksum":"sha256:…","mac":"hmac-sha256:…"}
//
// count is the number of records, outputs that of the outputs, which stands only where
// there are any, and checksum goes over every byte of the file
// but the checksum itself and the MAC: the header up to that field, then the other
// lines. The MAC is there where there is a state key; see mac.go.
//
// Version 1 had no MAC, and no kept, awaited and origin in its records; version 2 no
// id; version 3 no outputs. The oldest is written that can say all there is to say.
type headerV1 struct {
	lineage, tool, endpoint, account, salt, keyID string
	version, serial, count, outputs               uint64
	checksum                                      string // "sha256:…"
	mac                                           string // "hmac-sha256:…", "" for none
}

const (
	formatName    = "tmsync-state"
	formatVersion = 4
)

var headerFields = []string{"format", "version", "lineage", "serial", "tool", "endpoint", "account", "salt", "key_id", "count", "outputs", "checksum", "mac"}

// headerRequired are the fields that every header has.
const headerRequired = 1<<10 - 1 | 1<<11

// Bounds of what is read, so that no file can exhaust the machine. Nothing
// beyond them is written either.
const (
	MaxLine = 1 << 20 // bytes in a line of a state
	maxFile = 4 << 30 // bytes in a file
)

// FormatError is what is wrong with a state's file, where, and the remedy.
type FormatError struct {
	File    string // its name as shown to the user
	Line    int    // from 1; 0 for a journal
	Offset  int64  // of the damage in a journal, in bytes; -1 for all of it
	Problem string
	Help    string
}

func (e *FormatError) Error() string {
	where := ""
	if e.Line > 0 {
		where = ", line " + strconv.Itoa(e.Line)
	} else if e.Offset >= 0 {
		where = ", byte " + strconv.FormatInt(e.Offset, 10)
	}
	return fmt.Sprintf("%s%s: %s; %s", cmp.Or(e.File, "the state file"), where, e.Problem, e.Help)
}

// maxProblem is how much of a broken file an error repeats, in bytes.
const maxProblem = 300

// Begins reports whether a text begins like a state file or its backup.
func Begins(text []byte) bool { return bytes.HasPrefix(text, []byte(`{"format":"`+formatName+`"`)) }

// appendHeader writes the part of a header that the checksum covers.
func appendHeader(dst []byte, h *headerV1) []byte {
	dst = append(dst, `{"format":"`+formatName+`","version":`...)
	dst = strconv.AppendUint(dst, h.version, 10)
	dst = appendField(dst, `,"lineage":`, h.lineage)
	dst = append(dst, `,"serial":`...)
	dst = strconv.AppendUint(dst, h.serial, 10)
	dst = appendField(dst, `,"tool":`, h.tool)
	dst = appendField(dst, `,"endpoint":`, h.endpoint)
	dst = appendField(dst, `,"account":`, h.account)
	dst = appendField(dst, `,"salt":`, h.salt)
	dst = appendField(dst, `,"key_id":`, h.keyID)
	dst = append(dst, `,"count":`...)
	dst = strconv.AppendUint(dst, h.count, 10)
	if h.outputs > 0 {
		dst = append(dst, `,"outputs":`...)
		dst = strconv.AppendUint(dst, h.outputs, 10)
	}
	return dst
}

// appendChecksum appends the checksum of a header.
func appendChecksum(dst []byte, checksum string) []byte {
	return appendField(dst, checksumField, checksum)
}

// appendMAC ends a header.
func appendMAC(dst []byte, mac string) []byte {
	if mac != "" {
		dst = appendField(dst, macField, mac)
	}
	return append(dst, "}\n"...)
}

const checksumField = `,"checksum":`

// ErrNewer is returned for a file that a later version has written.
var ErrNewer = errors.New("written by a newer version of tmsync")

// header reads a header into h. A newer version is told before anything else
// about the line can look wrong.
func (p *parser) header(h *headerV1) error {
	texts := []*string{2: &h.lineage, 4: &h.tool, 5: &h.endpoint, 6: &h.account, 7: &h.salt, 8: &h.keyID, 11: &h.checksum, 12: &h.mac}
	named := false
	return p.object(headerFields, headerRequired, func(field int) (err error) {
		switch field {
		case 0:
			named = true
			return p.constant(formatName)
		case 1:
			h.version, err = p.version(named, formatVersion)
			return err
		case 3:
			h.serial, err = p.number()
		case 9:
			h.count, err = p.number()
		case 10:
			if h.version < 4 {
				return errors.New(`unknown field "outputs"`)
			}
			h.outputs, err = p.number()
		case 12:
			if h.version == 1 {
				return errors.New(`unknown field "mac"`)
			}
			h.mac, err = p.text()
		default:
			*texts[field], err = p.text()
		}
		return err
	})
}

func (p *parser) constant(want string) error {
	got, err := p.raw()
	if err == nil && string(got) != want {
		err = fmt.Errorf("the format is %s instead of %q", excerpt(got), want)
	}
	return err
}

// version reads the version of a format that was named before it: 1 to newest.
func (p *parser) version(named bool, newest uint64) (uint64, error) {
	v, err := p.number()
	switch {
	case err != nil:
		return 0, err
	case !named:
		return 0, errors.New(`the field "format" is missing`)
	case v > newest:
		return 0, ErrNewer
	case v == 0:
		return 0, fmt.Errorf("version %d does not exist", v)
	}
	return v, nil
}

// lineReader hands out the lines of a file, each at most max bytes long.
type lineReader struct {
	r      *bufio.Reader
	long   []byte
	max    int
	offset int64 // of the next line
}

var errLongLine = errors.New("the line is too long")

func newLineReader(r io.Reader, longest int) *lineReader {
	return &lineReader{r: bufio.NewReaderSize(r, 64<<10), max: longest}
}

// next returns a line with its line feed; the last one may lack it. io.EOF is the
// end. The bytes are good until the next call.
func (l *lineReader) next() ([]byte, error) {
	l.long = l.long[:0]
	for {
		part, err := l.r.ReadSlice('\n')
		l.offset += int64(len(part))
		if len(l.long)+len(part) > l.max {
			return nil, errLongLine
		}
		switch {
		case err == nil && len(l.long) == 0:
			return part, nil
		case err == nil, errors.Is(err, io.EOF) && len(l.long)+len(part) > 0:
			l.long = append(l.long, part...)
			return l.long, nil
		case errors.Is(err, bufio.ErrBufferFull):
			l.long = append(l.long, part...)
		default:
			return nil, err
		}
	}
}

// oddLine explains lines that others than tmsync have put into a file.
func oddLine(line []byte) (problem, help string) {
	for _, mark := range []string{"<<<<<<<", "|||||||", "=======", ">>>>>>>"} {
		if bytes.HasPrefix(line, []byte(mark)) {
			return "git has left the marks of a merge conflict: two runs wrote the state side by side, and lines of both cannot be mixed",
				"take one side whole (git checkout --ours or --theirs, then the file's name), or restore the backup beside it; the next plan adopts what the other side created"
		}
	}
	if bytes.HasSuffix(line, []byte("\r\n")) {
		return "the line ends in CR LF: something, probably git, has converted the file",
			`put the line "*.jsonl -text" into .gitattributes and check the file out again`
	}
	if bytes.HasPrefix(line, []byte("\xef\xbb\xbf")) || bytes.HasPrefix(line, []byte("\xff\xfe")) {
		return "the file begins with a byte order mark: an editor has rewritten it", ""
	}
	return "", ""
}
