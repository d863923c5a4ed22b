// Package xlsx reads the rows of a sheet of a workbook as the sheet shows them, one after
// the other, and bounded. It reads no more of Office Open XML than that takes. The
// libraries there are read a whole sheet into memory, or onto the disk, or do not know
// what a number looks like.
package xlsx

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/tmsync/tmsync/internal/text"
)

// The bounds of a workbook.
const (
	maxDirectory = 1 << 20   // bytes: the list of its parts
	maxStrings   = 128 << 20 // bytes: the texts that cells share
	maxShared    = 5_000_000 // these texts
	maxStyles    = 100_000
	maxFormats   = 1000 // of the file's own; others look like General
	maxSheets    = 1000
)

// Book is an open workbook.
type Book struct {
	parts  map[string]*zip.File
	sheets []sheetPart
	styles []style // by number, as cells refer to them
	shared sharedStrings
	is1904 bool
}

// sheetPart is a sheet and where it is.
type sheetPart struct {
	name, part string
	hidden     bool
}

// ErrNotWorkbook is what a ZIP archive gives that is none.
type ErrNotWorkbook struct{ What, Do string }

// Error implements error.
func (e *ErrNotWorkbook) Error() string { return "it is " + e.What }

// Open opens a workbook.
func Open(r io.ReaderAt, size int64) (*Book, error) {
	if err := checkDirectory(r, size); err != nil {
		return nil, err
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, errors.New("it is damaged, or not all of it is there")
	}
	b := &Book{parts: map[string]*zip.File{}}
	for _, f := range z.File {
		b.parts[strings.ToLower(strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(f.Name, `\`, "/")), "/"))] = f
	}
	main, err := b.mainPart()
	if err != nil {
		return nil, err
	}
	links, err := b.links(main)
	if err != nil {
		return nil, err
	}
	if err := b.readMain(main, links); err != nil {
		return nil, err
	}
	for _, l := range links {
		switch l.kind {
		case "styles":
			err = b.read(l.target, maxSmall, b.readStyles)
		case "sharedStrings":
			err = b.read(l.target, maxPart, b.shared.read)
		}
		if err != nil {
			return nil, err
		}
	}
	return b, nil
}

// checkDirectory bounds the list of parts, which package zip reads as a whole.
func checkDirectory(r io.ReaderAt, size int64) error {
	tail := make([]byte, min(size, 66<<10))
	if _, err := r.ReadAt(tail, size-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	at := bytes.LastIndex(tail, []byte("PK\x05\x06"))
	if at < 0 || len(tail)-at < 22 {
		return errors.New("it is damaged, or not all of it is there")
	}
	from := int64(binary.LittleEndian.Uint32(tail[at+16:]))
	length := int64(binary.LittleEndian.Uint32(tail[at+12:]))
	if from > size || size-int64(len(tail))+int64(at)-from > maxDirectory || length > maxDirectory {
		return fmt.Errorf("its list of parts is larger than %s", text.Size(maxDirectory))
	}
	return nil
}

// mainPart finds the part that lists the sheets.
func (b *Book) mainPart() (string, error) {
	links, err := b.links("")
	if err != nil {
		return "", err
	}
	for _, l := range links {
		if l.kind == "officeDocument" && b.parts[l.target] != nil {
			switch {
			case strings.HasSuffix(l.target, ".bin"):
				return "", &ErrNotWorkbook{"an Excel workbook in the binary format (.xlsb)", "Open it in a spreadsheet program and save it as .xlsx."}
			case strings.Contains(l.target, "document.xml"), strings.Contains(l.target, "presentation.xml"):
				return "", &ErrNotWorkbook{"a text document or a presentation", "Export the data as CSV or .xlsx instead."}
			}
			return l.target, nil
		}
	}
	switch {
	case b.parts["content.xml"] != nil:
		return "", &ErrNotWorkbook{"an OpenDocument file (.ods)", "Open it in a spreadsheet program and save it as .xlsx."}
	case b.parts["index/document.iwa"] != nil:
		return "", &ErrNotWorkbook{"a Numbers document", "Export it as .xlsx or CSV."}
	}
	return "", &ErrNotWorkbook{"a ZIP archive", "Unpack it."}
}

// link is a reference of one part to another.
type link struct{ id, kind, target string }

// links reads the references of a part; "" is the package.
func (b *Book) links(of string) ([]link, error) {
	dir, base := path.Split(of)
	name := dir + "_rels/" + base + ".rels"
	if b.parts[name] == nil {
		return nil, nil
	}
	var all []link
	err := b.read(name, maxSmall, func(s *scanner) error {
		return s.each("Relationship", func() error {
			a, err := s.attributes("Id", "Type", "Target")
			target := strings.ToLower(a[2])
			if !strings.HasPrefix(target, "/") {
				target = path.Join(dir, target)
			}
			all = append(all, link{a[0], path.Base(a[1]), strings.TrimPrefix(path.Clean("/"+target), "/")})
			return err
		})
	})
	return all, err
}

// each calls do where an element of a name begins.
func (s *scanner) each(name string, do func() error) error {
	for {
		kind, found, err := s.next()
		switch {
		case err != nil || kind == eof:
			return err
		case kind == begin && string(found) == name:
			if err := do(); err != nil {
				return err
			}
		}
	}
}

// attributes returns some attributes of the element that began last, "" for none.
func (s *scanner) attributes(names ...string) ([]string, error) {
	values := make([]string, len(names))
	for i, name := range names {
		v, _, err := s.attr(name)
		if err != nil {
			return values, err
		}
		values[i] = string(v)
	}
	return values, nil
}

// read opens a part of so many bytes at most, and calls do with it.
func (b *Book) read(name string, most int64, do func(*scanner) error) error {
	f := b.parts[name]
	if f == nil {
		return nil
	}
	in, err := f.Open()
	if err != nil {
		return inPart(f.Name, errPacked)
	}
	defer in.Close() // nothing was written
	return inPart(f.Name, damaged(do(newScanner(in, most))))
}

var errPacked = errors.New("it is packed in a way that is not known")

// inPart is an error in a part of the workbook, with the name of that.
func inPart(name string, err error) error {
	if err == nil || errors.Is(err, io.EOF) {
		return err
	}
	return fmt.Errorf("in its part %s: %w", text.Shorten(text.Inert(name), maxPartName), err)
}

// maxPartName is how much of a part's name a message has.
const maxPartName = 100

// damaged words an error of package zip.
func damaged(err error) error {
	var corrupt flate.CorruptInputError
	if errors.As(err, &corrupt) || errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it is damaged, and cannot be unpacked")
	}
	return err
}

// readMain lists the sheets.
func (b *Book) readMain(name string, links []link) error {
	return b.read(name, maxSmall, func(s *scanner) error {
		for {
			kind, found, err := s.next()
			if err != nil || kind == eof {
				return err
			}
			if kind != begin {
				continue
			}
			switch string(found) {
			case "workbookPr":
				a, err := s.attributes("date1904")
				if err != nil {
					return err
				}
				b.is1904 = a[0] == "1" || a[0] == "true"
			case "sheet":
				a, err := s.attributes("name", "id", "state")
				if err != nil {
					return err
				}
				i := slices.IndexFunc(links, func(l link) bool { return l.id == a[1] && l.kind == "worksheet" })
				if i >= 0 && b.parts[links[i].target] != nil && len(b.sheets) < maxSheets {
					b.sheets = append(b.sheets, sheetPart{a[0], links[i].target, a[2] != "" && a[2] != "visible"})
				}
			}
		}
	})
}

// Sheets names the sheets that have cells, in order; without those that are hidden, if
// there are others.
func (b *Book) Sheets() []string {
	var shown, all []string
	for _, s := range b.sheets {
		all = append(all, s.name)
		if !s.hidden {
			shown = append(shown, s.name)
		}
	}
	if len(shown) == 0 {
		return all
	}
	return shown
}

// readStyles reads what numbers look like.
func (b *Book) readStyles(s *scanner) error {
	formats := map[int]style{}
	cells := false
	for {
		kind, found, err := s.next()
		if err != nil || kind == eof {
			return err
		}
		name := string(found)
		switch {
		case kind == chars:
		case name == "cellXfs":
			cells = kind == begin
		case kind == begin && name == "numFmt":
			a, err := s.attributes("numFmtId", "formatCode")
			if err != nil {
				return err
			}
			if id, err := strconv.Atoi(a[0]); err == nil && len(formats) < maxFormats {
				formats[id] = newStyle(a[1])
			}
		case kind == begin && name == "xf" && cells:
			a, err := s.attributes("numFmtId")
			if err != nil {
				return err
			}
			if len(b.styles) == maxStyles {
				return fmt.Errorf("it has more than %d styles", maxStyles)
			}
			id, _ := strconv.Atoi(a[0]) // what is no number looks like General
			st, known := formats[id]
			if !known {
				st = newStyle(builtin(id))
				formats[id] = st
			}
			b.styles = append(b.styles, st)
		}
	}
}

// sharedStrings are the texts that cells share, one after the other.
type sharedStrings struct {
	all  []byte
	ends []uint32
}

// get returns a text by its number; ok reports whether there is one.
func (t *sharedStrings) get(i int) (text []byte, ok bool) {
	if i < 0 || i >= len(t.ends) {
		return nil, false
	}
	from := uint32(0)
	if i > 0 {
		from = t.ends[i-1]
	}
	return t.all[from:t.ends[i]], true
}

// read reads the part with the texts.
func (t *sharedStrings) read(s *scanner) error {
	var rich richText
	for {
		kind, name, err := s.next()
		if err != nil || kind == eof {
			return err
		}
		t.all = rich.add(t.all, kind, name, s.text)
		if kind == end && string(name) == "si" {
			t.ends = append(t.ends, uint32(len(t.all)))
		}
		if len(t.all) > maxStrings || len(t.ends) > maxShared {
			return fmt.Errorf("its texts are more than %s, or more than %d", text.Size(maxStrings), maxShared)
		}
	}
}

// richText collects the texts of an element, without those that say how it is spoken.
type richText struct{ inText, spoken bool }

func (r *richText) add(to []byte, kind token, name, text []byte) []byte {
	switch {
	case kind == chars:
		if r.inText && !r.spoken {
			to = appendPlain(to, text)
		}
	case string(name) == "t":
		r.inText = kind == begin
	case string(name) == "rPh":
		r.spoken = kind == begin
	}
	return to
}

// appendPlain adds a text, in which _x000D_ stands for a character that XML cannot have.
func appendPlain(to, text []byte) []byte {
	for {
		i := bytes.Index(text, []byte("_x"))
		if i < 0 || len(text) < i+7 {
			return append(to, text...)
		}
		n, err := strconv.ParseUint(string(text[i+2:i+6]), 16, 16)
		if err != nil || text[i+6] != '_' || n == 0 || n >= 0xd800 && n < 0xe000 {
			to, text = append(to, text[:i+2]...), text[i+2:]
			continue
		}
		to = append(to, text[:i]...)
		if n == '\r' { // the line end that follows says it
			n = '\n'
		}
		to = append(to, string(rune(n))...)
		text = text[i+7:]
		if n == '\n' && len(text) > 0 && text[0] == '\n' {
			text = text[1:]
		}
	}
}
