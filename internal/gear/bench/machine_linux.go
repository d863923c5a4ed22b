package main

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// peakOf is the most memory that a process has had, in bytes. The system counts
// from before the program was loaded, when the process was still a copy of this
// one: what this one has is the least that is ever measured.
func peakOf(p *os.ProcessState) int64 {
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		return u.Maxrss << 10 // it is told in KiB
	}
	return 0
}

// ticksPerSecond is the unit of times in /proc.
const ticksPerSecond = 100

// busyTime is the processor time that a running process has taken.
func busyTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("reading the processor time of the service: %w", err)
	}
	// The name, which is in parentheses, is the second field and may have spaces.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	var ticks int64
	for _, at := range []int{11, 12} { // utime and stime
		if at >= len(fields) {
			return 0, fmt.Errorf("reading the processor time of the service: %d fields", len(fields))
		}
		n, err := strconv.ParseInt(string(fields[at]), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("reading the processor time of the service: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / ticksPerSecond, nil
}

// processorModel returns the processor's name, "" if unknown.
func processorModel() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	_, after, found := bytes.Cut(text, []byte("model name"))
	if !found {
		return ""
	}
	line, _, _ := bytes.Cut(after, []byte("\n"))
	return string(bytes.TrimLeft(line, "\t :"))
}
