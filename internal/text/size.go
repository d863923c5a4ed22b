package text

import (
	"fmt"
	"unicode/utf8"
)

// Size writes a number of bytes as a bound is told: 10 MiB.
func Size(bytes int64) string { return fmt.Sprintf("%d MiB", bytes>>20) }

// InvalidUTF8 returns the offset of the first byte that is not UTF-8, or -1.
func InvalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; ; {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
}
