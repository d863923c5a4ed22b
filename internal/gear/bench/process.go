package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// usage is what one process has taken, from its start to its end.
type usage struct {
	wall, cpu time.Duration
	peak      int64         // bytes of memory at most; 0 where the system does not tell
	server    time.Duration // processor time that the local service has spent on it
}

// graceTime is how long a program may take to end when it is interrupted.
const graceTime = time.Minute

// run runs a program to its end, and interrupts it when the context ends. Its
// output is thrown away, but for the log, what it writes to stderr.
func run(ctx context.Context, dir string, env []string, program string, args ...string) (u usage, log []byte, err error) {
	cmd := exec.CommandContext(ctx, program, args...)
	var stderr bytes.Buffer
	cmd.Dir, cmd.Stderr = dir, &stderr
	cmd.Env = append(cmd.Environ(), env...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = graceTime
	begun := time.Now()
	err = cmd.Run()
	u.wall = time.Since(begun)
	if cmd.ProcessState != nil {
		u.cpu = cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
		u.peak = peakOf(cmd.ProcessState)
	}
	if err != nil {
		return u, nil, fmt.Errorf("running %s %s: %w\n%s", filepath.Base(program), args, err, stderr.Bytes())
	}
	return u, stderr.Bytes(), nil
}

// median returns the median of each quantity by itself.
func median(all []usage) usage {
	return usage{
		wall: middle(all, func(u usage) time.Duration { return u.wall }), cpu: middle(all, func(u usage) time.Duration { return u.cpu }),
		peak: middle(all, func(u usage) int64 { return u.peak }), server: middle(all, func(u usage) time.Duration { return u.server }),
	}
}

// middle returns 0 for nothing, and the lower one of two in the middle.
func middle[T ~int64](all []usage, of func(usage) T) T {
	if len(all) == 0 {
		return 0
	}
	values := make([]T, len(all))
	for i, u := range all {
		values[i] = of(u)
	}
	slices.Sort(values)
	return values[(len(values)-1)/2]
}
