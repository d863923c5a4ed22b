package hcldiag

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tmsync/tmsync/internal/text"
)

// OneOf returns the diagnostic for an argument without one of the allowed values.
func OneOf[T ~string](name, given string, allowed []T) string {
	words := make([]string, len(allowed))
	for i, a := range allowed {
		words[i] = string(a)
	}
	return fmt.Sprintf("%s is one of \"%s\".%s", name, strings.Join(words, "\", \""), text.DidYouMean(given, slices.Values(words)))
}
