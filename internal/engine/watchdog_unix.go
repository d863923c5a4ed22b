//go:build unix

package engine

import (
	"syscall"
	"time"
)

// processorTime is how long processors have worked for this process.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0 // then only the time counts that passes
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
