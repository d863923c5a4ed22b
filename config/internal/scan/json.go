package scan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"iter"
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
	for tok := range JSONTokens(src) {
		switch i := tok.Start; tok.Sign {
		case '{', '[':
			if depth++; depth > maxNesting {
				return &Excess{i, "Configuration nested too deeply", fmt.Sprintf("Objects and arrays may be nested %d levels deep; this is one level more.", maxNesting)}
			}
		case '}', ']':
			depth--
		case '"':
			more, err := checkJSONString(src[i:tok.End])
			if err != nil {
				return &Excess{i, "Invalid template in a string", "The string cannot be read as a template: " + err.Error() + "."}
			}
			tokens += more
			if rest := bytes.TrimLeft(src[tok.End:], " \t\r\n"); tok.End-i > MaxName && len(rest) > 0 && rest[0] == ':' {
				return &Excess{i, "Name too long", fmt.Sprintf("A name may have %d bytes; this one has %d.", MaxName, tok.End-i)}
			}
		case '0':
			if !tok.Bounded {
				return &Excess{i, "Number out of range", fmt.Sprintf("A number may have %d digits, and go up to 1e%d.", MaxDigits, MaxExponent)}
			}
		}
		if tokens++; tokens > maxJSON {
			return &Excess{tok.Start, "JSON file too large", fmt.Sprintf("A JSON file may have %d values, names and signs; here it has more. Split it, or put the data into a CSV file and use a trackings block.", maxJSON)}
		}
	}
	return nil
}

// JSONToken is a string, a number, or a byte of anything else.
type JSONToken struct {
	Sign       byte // '"' for a string, '0' for a number
	Start, End int
	Bounded    bool // it is a number that can be dealt with
}

// JSONTokens yields the tokens of a text that may be JSON, white space left out.
func JSONTokens(src []byte) iter.Seq[JSONToken] {
	return func(yield func(JSONToken) bool) {
		for i := 0; i < len(src); {
			tok := JSONToken{Sign: src[i], Start: i, End: i + 1}
			switch {
			case strings.IndexByte(" \t\r\n", tok.Sign) >= 0:
				i++
				continue
			case tok.Sign == '"':
				tok.End = jsonStringEnd(src, i)
			case IsDigit(tok.Sign):
				tok.Sign = '0'
				tok.End, tok.Bounded = JSONNumber(src, i)
			}
			if !yield(tok) {
				return
			}
			i = tok.End
		}
	}
}

// jsonStringEnd returns the end of the string that starts at a quote.
func jsonStringEnd(src []byte, start int) int {
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
