// Command tmsync keeps parcel trackings at TrackingMore and Trackru as files
// declare them.
package main

import (
	"context"
	"io"
	"log"
	"os"
	"os/signal"
	"os/user"
	"runtime/debug"
	"strings"
	"syscall"
	"time"

	"golang.org/x/term"

	"github.com/tmsync/tmsync/internal/cli"
)

// version is set by the release build.
var version = "0.1.0-dev"

// gcPercent makes garbage collection twice as frequent as usual. That takes a tenth
// more of the processor, which mostly waits for the service, and a sixth less of
// the memory.
const gcPercent = 50

func main() {
	// Libraries log a service's unexpected words, customers' data and all.
	// What is to be known of it comes back as an error.
	log.SetOutput(io.Discard)
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		// The first signal lets the request in flight finish; the second
		// leaves at once, which loses nothing: the journal is on disk.
		<-signals
		cancel()
		<-signals
		os.Stderr.WriteString("\nLeft at once. The next run finds out what became of the request under way.\n")
		os.Exit(int(cli.Partial))
	}()
	os.Exit(int(cli.Run(ctx, env(), os.Args[1:])))
}

func env() cli.Env {
	e := cli.Env{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		StdinTerminal: term.IsTerminal(int(os.Stdin.Fd())),
		StdoutWidth:   width(os.Stdout), StderrWidth: width(os.Stderr),
		Environ: map[string]string{}, Now: time.Now, Version: version, PID: os.Getpid(),
	}
	if e.StdinTerminal && e.StdoutWidth > 0 {
		e.Terminal = &cli.Terminal{Raw: raw, Columns: func() int { return columns(os.Stdout) }}
	}
	if e.StdinTerminal {
		e.ReadSecret = func() (string, error) {
			line, err := term.ReadPassword(int(os.Stdin.Fd()))
			return string(line), err
		}
	}
	for _, kv := range os.Environ() {
		name, value, _ := strings.Cut(kv, "=")
		e.Environ[name] = value
	}
	// Without these the tool works all the same: they only name a lock's holder,
	// and a directory that is gone is reported when it is read.
	e.Dir, _ = os.Getwd()
	e.Host, _ = os.Hostname()
	if u, err := user.Current(); err == nil {
		e.User = u.Username
	}
	if info, ok := debug.ReadBuildInfo(); ok && version == "0.1.0-dev" && strings.HasPrefix(info.Main.Version, "v") && !strings.HasPrefix(info.Main.Version, "v0.0.0") {
		e.Version = strings.TrimPrefix(info.Main.Version, "v")
	}
	return e
}

// width is a terminal's width in columns, 0 for what is no terminal.
func width(f *os.File) int {
	if w := columns(f); w >= 0 {
		return max(w, 40)
	}
	return 0
}

// columns is a terminal's width, negative for what is no terminal.
func columns(f *os.File) int {
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return -1
	}
	return w
}

// raw makes the terminal hand over each key as it is typed.
func raw() (restore func(), err error) {
	fd := int(os.Stdin.Fd())
	before, err := term.MakeRaw(fd)
	return func() { _ = term.Restore(fd, before) }, err // where it fails, the terminal is gone
}
