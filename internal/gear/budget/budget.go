// Package budget holds benchmarks to the memory that they may take. Time depends
// on the machine, and is only reported; what is allocated does not.
package budget

import (
	"runtime"
	"testing"
)

// Use is what one tracking may cost on average: bytes allocated, and allocations.
type Use struct{ Bytes, Allocs float64 }

// Run measures the memory that one of so many trackings takes, and reports it. It
// fails where that is beyond the budget.
func Run(b *testing.B, trackings int, most Use, run func()) {
	b.Helper()
	b.ReportAllocs()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for b.Loop() {
		run()
	}
	runtime.ReadMemStats(&after)
	each := float64(b.N * trackings)
	got := Use{Bytes: float64(after.TotalAlloc-before.TotalAlloc) / each, Allocs: float64(after.Mallocs-before.Mallocs) / each}
	b.ReportMetric(got.Bytes, "B/tracking")
	b.ReportMetric(most.Bytes, "B-budget")
	b.ReportMetric(got.Allocs, "allocs/tracking")
	b.ReportMetric(most.Allocs, "allocs-budget")
	if got.Bytes > most.Bytes || got.Allocs > most.Allocs {
		b.Errorf("a tracking takes %.0f bytes and %.2f allocations; %.0f and %.2f are allowed", got.Bytes, got.Allocs, most.Bytes, most.Allocs)
	}
}
