//go:build !linux

package main

import (
	"os"
	"time"
)

// peakOf is the most memory that a process has had, in bytes. Each system tells
// it in a unit of its own; here it is not measured.
func peakOf(*os.ProcessState) int64 { return 0 }

// busyTime is the processor time that a running process has taken. Here it is not
// measured, so that times of the client have those of the service in them.
func busyTime(int) (time.Duration, error) { return 0, nil }

// processorModel returns the processor's name, "" if unknown.
func processorModel() string { return "" }
