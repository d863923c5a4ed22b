package text

import (
	"fmt"
	"slices"
	"strings"
)

// Invisible returns the code points in a text that are invisible or disguise it:
// control characters, zero-width characters, overrides of the direction of writing.
func Invisible(s string) string {
	var found []string
	for _, r := range s {
		if r >= ' ' && r < 0x7f || !isInvisible(r) {
			continue
		}
		name := fmt.Sprintf("%U", r)
		if len(found) < 5 && !slices.Contains(found, name) {
			found = append(found, name)
		}
	}
	return strings.Join(found, ", ")
}

func isInvisible(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r <= 0x9f: // C0, DEL, C1
	case r >= 0x200b && r <= 0x200f, r == 0x2060, r == 0xfeff, r == 0x61c: // zero width, marks of direction
	case r >= 0x2028 && r <= 0x202e, r >= 0x2066 && r <= 0x2069: // line separators, embeddings, overrides, isolates
	case r >= 0xe0000 && r <= 0xe007f: // tags
	default:
		return false
	}
	return true
}
