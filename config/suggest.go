package config

import (
	"fmt"

	"github.com/agext/levenshtein"
)

// didYouMean gives a sentence that names the candidate nearest to what was
// written, with a space before it, or "" if none is near.
func didYouMean(given string, candidates []string) string {
	if len(given) > 100 || len(candidates) > maxCandidates {
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

const maxCandidates = 1000

// didYouMeanOf is didYouMean for the keys of a map.
func didYouMeanOf[V any](given string, candidates map[string]V) string {
	if len(candidates) > maxCandidates {
		return ""
	}
	return didYouMean(given, mapNames(candidates))
}
