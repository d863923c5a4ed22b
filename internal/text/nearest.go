package text

import (
	"iter"
	"slices"
	"strings"
	"unicode"
)

// What Nearest compares at most: more takes too long.
const (
	longestWord = 100  // bytes of what was written
	mostWords   = 2000 // candidates
)

// DidYouMean returns a sentence that names the nearest of some words. It begins with
// a space, and is "" if none is near.
func DidYouMean(written string, words iter.Seq[string]) string {
	if near := Nearest(written, words); near != "" {
		return " Did you mean " + Quote(near) + "?"
	}
	return ""
}

// Nearest returns the word nearest to what was written, "" if none is near: one
// that differs in capitals, spaces and punctuation only, else one with few letters
// wrong, else the shortest that has the whole of it as a part ("ems", "china-ems").
// Of words that are equally near it is the one that begins like it for longer, or
// else the first in the alphabet.
func Nearest(written string, words iter.Seq[string]) string {
	if written == "" || len(written) > longestWord {
		return ""
	}
	var all []string
	for word := range words {
		if all = append(all, word); len(all) > mostWords {
			return ""
		}
	}
	plain := letters(written)
	best, distance, like := "", allowed(plain)+1, 0
	whole := ""
	for _, word := range all {
		if spelt := letters(word); slip*max(len(spelt)-len(plain), len(plain)-len(spelt)) <= distance {
			d, l := apart(plain, spelt), alike(plain, spelt)
			if d < distance || d == distance && best != "" && (l > like || l == like && word < best) {
				best, distance, like = word, d, l
			}
		}
		if len(plain) > 2 && hasPart(word, written) && (whole == "" || len(word) < len(whole) || len(word) == len(whole) && word < whole) {
			whole = word
		}
	}
	if distance > 0 && whole != "" && (best == "" || len(plain) < 5) {
		return whole
	}
	return best
}

// What is wrong with a letter, as a distance: one that was left out, put in, or
// swapped with the next is a slip; one in the place of another is a little worse.
const (
	slip     = 4
	mistaken = 5
)

// allowed is how far a word may be from what was meant: a short one is never far.
func allowed(plain string) int {
	if len(plain) < 6 {
		return mistaken
	}
	return 2 * mistaken
}

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

// letters returns the letters of a word, however it is spelt: "China Post" and
// "china_post" are the same.
func letters(word string) string {
	return strings.Map(func(r rune) rune {
		if separates(r) {
			return -1
		}
		return unicode.ToLower(r)
	}, word)
}

// hasPart reports whether one of the parts of a word is this one.
func hasPart(word, part string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(word, separates), func(s string) bool { return strings.EqualFold(s, part) })
}

func separates(r rune) bool { return strings.ContainsRune("-_ .", r) }
