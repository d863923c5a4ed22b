//go:build exhaustive

package exhaustive

// On reports whether tests run whole.
const On = true
