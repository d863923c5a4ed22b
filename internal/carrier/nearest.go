package carrier

import (
	"iter"
	"strings"
	"unicode"

	"github.com/tmsync/tmsync/internal/tracking"
)

// Nearest returns the code nearest to what was written, "" if none is near: one
// that differs in capitals, spaces and punctuation only, else one with few letters
// wrong, else the shortest that the whole of it is a word of ("ems", "china-ems").
// Of codes that are equally near it is the one that begins like it for longer, or
// else the first in the alphabet.
func Nearest(written string, codes iter.Seq[string]) string {
	if written == "" || len(written) > tracking.MaxCarrierLen {
		return ""
	}
	plain := letters(written)
	best, distance, like := "", allowed(plain)*mistaken+1, 0
	word := ""
	for code := range codes {
		spelt := letters(code)
		d := apart(plain, spelt)
		n := alike(plain, spelt)
		if d < distance || d == distance && best != "" && (n > like || n == like && code < best) {
			best, distance, like = code, d, n
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

// What is wrong with a letter, as a distance: one that was left out, put in, or
// swapped with the next is a slip; one in the place of another is a little worse.
const (
	slip     = 4
	mistaken = 5
)

// apart is the distance of two texts (Damerau's, as optimal string alignment). No
// letter is wrong twice.
func apart(a, b string) int {
	before, row, next := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j * slip
	}
	for i := range len(a) {
		next[0] = (i + 1) * slip
		for j := range len(b) {
			d := row[j]
			if a[i] != b[j] {
				d += mistaken
			}
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				d = min(d, before[j-1]+slip)
			}
			next[j+1] = min(d, row[j+1]+slip, next[j]+slip)
		}
		before, row, next = row, next, before
	}
	return row[len(b)]
}

// alike is how many letters two texts have in common at their beginning.
func alike(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

// letters returns the letters of a code, however it is spelt: "China Post" and
// "china_post" are the same.
func letters(code string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune("-_ .", r) {
			return -1
		}
		return unicode.ToLower(r)
	}, code)
}

// hasWord reports whether one of the words of a code is this one.
func hasWord(code, word string) bool {
	return strings.Contains("-"+strings.ToLower(code)+"-", "-"+word+"-")
}
