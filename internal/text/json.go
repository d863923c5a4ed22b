package text

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// JSON encodes a value as encoding/json does. In its texts everything that Inert
// would escape is an escape of JSON, so that they mean the same to whoever reads
// the document, and nothing to a terminal that shows it.
func JSON(v any) ([]byte, error) {
	doc, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	// In a JSON document such characters stand inside texts only.
	var b bytes.Buffer
	s := string(doc)
	for i := 0; i < len(doc); {
		r, n := utf8.DecodeRune(doc[i:])
		switch {
		case !unsafe(s, i, r):
			b.Write(doc[i : i+n])
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			high, low := utf16.EncodeRune(r)
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		}
		i += n
	}
	return b.Bytes(), nil
}

// WriteJSON writes a document and ends the line.
func WriteJSON(out io.Writer, v any) error {
	doc, err := JSON(v)
	if err == nil {
		_, err = out.Write(append(doc, '\n'))
	}
	return err
}
