package scan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/tmsync/tmsync/internal/text"
)

// CheckText finds what no text has. A zero byte is an error in comments, too: git
// shows nobody what changes in a file with one.
func CheckText(src []byte) *Excess {
	if i := text.InvalidUTF8(src); i >= 0 {
		return &Excess{i, "Invalid character encoding", fmt.Sprintf("The file is not UTF-8: byte %d is not part of a character. Save it as UTF-8.", i)}
	}
	if i := bytes.IndexByte(src, 0); i >= 0 {
		return &Excess{i, "Zero byte", fmt.Sprintf("Byte %d of the file is zero. git takes a file with a zero byte for binary, and hides what a change does to it. Take the byte out, and save the file as UTF-8.", i)}
	}
	return nil
}

// CheckJSON checks the nesting and the size of a JSON document. The templates in
// its strings count, too. The parser takes the document in one piece.
func CheckJSON(src []byte) *Excess {
	depth, tokens := 0, 0
	for i := 0; i < len(src); i++ {
		start := i
		switch c := src[i]; {
		case c == ' ', c == '\t', c == '\r', c == '\n':
			continue
		case c == '{', c == '[':
			if depth++; depth > maxNesting {
				return &Excess{i, "Configuration nested too deeply", fmt.Sprintf("Objects and arrays may be nested %d levels deep; this is one level more.", maxNesting)}
			}
		case c == '}', c == ']':
			depth--
		case c == '"':
			end := JSONStringEnd(src, i)
			more, err := checkJSONString(src[i:end])
			if err != nil {
				return &Excess{i, "Invalid template in a string", "The string cannot be read as a template: " + err.Error() + "."}
			}
			tokens += more
			if rest := bytes.TrimLeft(src[end:], " \t\r\n"); end-i > MaxName && len(rest) > 0 && rest[0] == ':' {
				return &Excess{i, "Name too long", fmt.Sprintf("A name may have %d bytes; this one has %d.", MaxName, end-i)}
			}
			i = end - 1
		case IsDigit(c):
			end, ok := JSONNumber(src, i)
			if !ok {
				return &Excess{i, "Number out of range", fmt.Sprintf("A number may have %d digits, and go up to 1e%d.", MaxDigits, MaxExponent)}
			}
			i = end - 1
		}
		if tokens++; tokens > maxJSON {
			return &Excess{start, "JSON file too large", fmt.Sprintf("A JSON file may have %d values, names and signs; here it has more. Split it, or put the data into a CSV file and use a trackings block.", maxJSON)}
		}
	}
	return nil
}

// JSONStringEnd finds the end of the string that starts at a quote.
func JSONStringEnd(src []byte, start int) int {
	for i := start + 1; i < len(src); i++ {
		switch src[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(src)
}

// checkJSONString checks a string that may be a template.
func checkJSONString(raw []byte) (tokens int, err error) {
	if !bytes.ContainsAny(raw, "$%\\") {
		return 0, nil
	}
	var s string
	if json.Unmarshal(raw, &s) != nil {
		return 0, nil // the parser reports what is wrong
	}
	if !strings.Contains(s, "${") && !strings.Contains(s, "%{") {
		return 0, nil
	}
	return CheckNesting([]byte(s), true)
}

// JSONNumber finds the end of a number, and reports whether it can be dealt with.
func JSONNumber(src []byte, start int) (end int, ok bool) {
	exponent, inExponent := 0, false
	for end = start; end < len(src); end++ {
		switch c := src[end]; {
		case IsDigit(c):
			if inExponent {
				exponent = min(10*exponent+int(c-'0'), MaxExponent+1)
			}
		case c == 'e', c == 'E':
			inExponent = true
		case c != '.' && c != '+' && c != '-':
			return end, end-start <= MaxDigits && exponent <= MaxExponent
		}
	}
	return end, end-start <= MaxDigits && exponent <= MaxExponent
}
