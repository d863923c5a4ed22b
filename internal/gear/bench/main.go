// Command bench measures tmsync against its goals, and against Terraform where
// that is installed. It makes the data, builds tmsync from the module, runs whole
// processes, and prints a table in Markdown:
//
//	go run ./internal/gear/bench [-n 10000] [-runs 5] [-tenfold=false]
//	go run ./internal/gear/bench -paced [-n 2000]
//
// Every figure is a median, and all that is compared is run in turns, so that
// what else the machine does strikes all alike. With -n 10000 that takes some ten
// minutes; with -n 100000, which measures a million as well, more than an hour, of
// which -runs 1 takes a fifth. With -paced the service allows one request a second,
// and what counts is how close to that the commands come.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
)

const module = "github.com/tmsync/tmsync"

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are the flags.
type options struct {
	n, runs        int
	tenfold, paced bool
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	fs := flag.NewFlagSet("bench", flag.ContinueOnError)
	fs.SetOutput(stderr)
	fs.IntVar(&o.n, "n", 10_000, "how many trackings there are")
	fs.IntVar(&o.runs, "runs", 5, "how often each is measured")
	fs.BoolVar(&o.tenfold, "tenfold", true, "measure ten times as many, too")
	fs.BoolVar(&o.paced, "paced", false, "measure against a service that allows one request a second")
	switch err := fs.Parse(args); {
	case err != nil:
		return o, err
	case fs.NArg() > 0 || o.n < 1 || o.n > maxTrackings || o.runs < 1:
		return o, fmt.Errorf("-n takes 1 to %d and -runs at least 1; nothing else follows the flags", maxTrackings)
	case o.tenfold && !o.paced && o.n > maxTrackings/10:
		return o, fmt.Errorf("-n takes at most %d, or -tenfold=false with it", maxTrackings/10)
	}
	return o, nil
}

// maxTrackings is what the numbers of the data have room for.
const maxTrackings = 1_000_000

// site is what measurements work with.
type site struct {
	dir       string // for the data
	root      string // of the module
	tmsync    string // the program
	terraform string // the program, "" where it is not installed
	log       io.Writer
}

func bench(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "tmsync-bench")
	if err != nil {
		return fmt.Errorf("making a directory for the data: %w", err)
	}
	defer os.RemoveAll(dir)
	s := &site{dir: dir, tmsync: filepath.Join(dir, "tmsync"), log: stderr}
	if err := s.build(ctx); err != nil {
		return err
	}
	if s.terraform, err = exec.LookPath("terraform"); err != nil {
		fmt.Fprintln(stderr, "terraform is not installed: nothing is compared with it")
	}
	var lines []line
	if o.paced {
		lines, err = s.paced(ctx, o.n)
	} else {
		lines, err = s.unpaced(ctx, o)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s\n\n%s", machine(), table(lines))
	return nil
}

// build builds tmsync from the module that the working directory is in.
func (s *site) build(ctx context.Context) error {
	root, err := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module).Output()
	if err != nil {
		return fmt.Errorf("finding the module: %w", err)
	}
	s.root = string(bytes.TrimSpace(root))
	if _, _, err := run(ctx, s.root, nil, "go", "build", "-o", s.tmsync, "."); err != nil {
		return fmt.Errorf("building tmsync: %w", err)
	}
	return nil
}

// machine describes the machine of the measurements.
func machine() string {
	parts := []string{fmt.Sprintf("%d cores", runtime.NumCPU())}
	if model := processorModel(); model != "" {
		parts = append(parts, model)
	}
	return "Machine: " + strings.Join(append(parts, runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH), ", ")
}
