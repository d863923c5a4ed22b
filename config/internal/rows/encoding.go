package rows

import (
	"bytes"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/unicode"
)

// input is a file whose kind is known.
type input struct {
	File
	kind   Kind
	mark   int               // bytes of a byte order mark
	coding encoding.Encoding // nil: UTF-8
	coded  string            // its name
	said   bool              // the options, or a mark, say what the encoding is
}

// text returns the file as UTF-8, without its byte order mark. Where it starts counts as
// byte start.
func (in *input) text() (r io.Reader, start int) {
	r = io.NewSectionReader(in, int64(in.mark), MaxFile)
	if in.coding == nil {
		return r, in.mark
	}
	return in.coding.NewDecoder().Reader(r), 0
}

// marks are the byte order marks.
var marks = []struct {
	bytes  string
	coding encoding.Encoding
	name   string
}{
	{"\xef\xbb\xbf", nil, "UTF-8"},
	{"\xff\xfe", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), "UTF-16"},
	{"\xfe\xff", unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), "UTF-16"},
}

// decode finds out the encoding: what a byte order mark says, else what people say.
func (in *input) decode(head []byte, name string) {
	for _, m := range marks {
		if bytes.HasPrefix(head, []byte(m.bytes)) {
			in.mark, in.coding, in.coded, in.said = len(m.bytes), m.coding, m.name, true
			return
		}
	}
	if name == "" {
		return
	}
	coding, canonical, _ := EncodingOf(name)
	in.said, in.coded = true, canonical
	if canonical != "utf-8" {
		in.coding = coding
	}
}

// EncodingOf returns the encoding that WHATWG gives a name.
func EncodingOf(name string) (coding encoding.Encoding, canonical string, ok bool) {
	coding, err := htmlindex.Get(strings.TrimSpace(name))
	if err != nil {
		return nil, "", false
	}
	canonical, err = htmlindex.Name(coding)
	if err != nil || canonical == "replacement" {
		return nil, "", false
	}
	return coding, canonical, true
}

// undecoded is what decoders put for bytes that are no character of the encoding.
var undecoded = []byte("\uFFFD")
