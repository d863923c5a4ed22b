package hcldiag

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// DidYouMean returns a sentence that names the candidate nearest to a word. It
// begins with a space, and is "" if none is near.
func DidYouMean(given string, candidates []string) string {
	if len(given) > 100 || len(candidates) > MaxCandidates {
		return "" // it takes too long
	}
	best, distance := "", 3 // as near as hcl itself asks for
	for _, c := range candidates {
		if d := levenshtein.Distance(given, c, nil); d < distance {
			best, distance = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" Did you mean %q?", best)
}

// MaxCandidates is how many names are compared: more take too long.
const MaxCandidates = 1000

// DidYouMeanOf is didYouMean for the keys of a map.
func DidYouMeanOf[V any](given string, candidates map[string]V) string {
	if len(candidates) > MaxCandidates {
		return ""
	}
	return DidYouMean(given, slices.Sorted(maps.Keys(candidates)))
}

// OneOf returns the diagnostic for an argument without one of the allowed values.
func OneOf[T ~string](name, given string, allowed []T) string {
	words := make([]string, len(allowed))
	for i, a := range allowed {
		words[i] = string(a)
	}
	return fmt.Sprintf("%s is one of \"%s\".%s", name, strings.Join(words, "\", \""), DidYouMean(given, words))
}
