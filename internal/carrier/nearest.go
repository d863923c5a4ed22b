package carrier

import (
	"iter"
	"strings"
	"unicode"

	"github.com/agext/levenshtein"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Nearest gives the code that is nearest to what was written, or "" if none is
// near: one that differs in capitals, spaces and punctuation only, else one with
// few other letters, else the shortest that the whole of it is a word of ("ems",
// "china-ems"). Of codes that are equally near it is the first in the alphabet.
func Nearest(written string, codes iter.Seq[string]) string {
	if written == "" || len(written) > tracking.MaxCarrierLen {
		return ""
	}
	plain := letters(written)
	best, distance := "", allowed(plain)+1
	word := ""
	for code := range codes {
		d := levenshtein.Distance(plain, letters(code), nil)
		if d < distance || d == distance && best != "" && code < best {
			best, distance = code, d
		}
		if len(plain) > 2 && hasWord(code, strings.ToLower(written)) && (word == "" || len(code) < len(word) || len(code) == len(word) && code < word) {
			word = code
		}
	}
	if distance > 0 && word != "" && (best == "" || len(plain) < 5) {
		return word
	}
	return best
}

// allowed is how many letters may differ: of few letters only few.
func allowed(plain string) int {
	switch n := len(plain); {
	case n < 3:
		return 0
	case n < 6:
		return 1
	}
	return 2
}

// letters leaves what is said of a code when it is spelt out: "China Post" and
// "china_post" are the same.
func letters(code string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_ .", r) {
			return -1
		}
		return unicode.ToLower(r)
	}, code)
}

// hasWord says whether one of the words of a code is this one.
func hasWord(code, word string) bool {
	return strings.Contains("-"+strings.ToLower(code)+"-", "-"+word+"-")
}
