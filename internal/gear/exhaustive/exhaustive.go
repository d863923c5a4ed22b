// Package exhaustive decides how much of a large test runs. By default it is a
// core that represents the whole and takes seconds; with -tags exhaustive, as in
// .ci/run, it is the whole. Only tests import it.
package exhaustive

import "testing"

// Or returns whole in an exhaustive run, else core.
func Or[T any](whole, core T) T {
	if On {
		return whole
	}
	return core
}

// Only skips a test, or a case of one, that is for exhaustive runs.
func Only(t *testing.T) {
	t.Helper()
	if !On {
		t.Skip("only with -tags exhaustive")
	}
}
