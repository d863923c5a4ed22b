package cli_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/tmsync/tmsync/internal/cli"
)

// TestWatchdog shows the watchdog how reading gets on.
func TestWatchdog(t *testing.T) {
	const mib = 1 << 20
	var w cli.Watchdog
	start := time.Now()
	for _, tt := range []struct {
		at, work time.Duration
		steps    uint64
		left     uint64 // by the last collection
		held     uint64 // more than that
		want     string
	}{
		{0, 0, 1, 100 * mib, 0, ""},
		{60 * time.Second, 7 * time.Second, 1, 400 * mib, 0, ""},
		{60 * time.Second, 7 * time.Second, 2, 900 * mib, 0, ""}, // it has got on
		{100 * time.Second, 14 * time.Second, 2, 1200 * mib, 0, ""},
		{100 * time.Second, 14 * time.Second, 2, 1300 * mib, 0, "more than 320 MiB"},
		{100 * time.Second, 14 * time.Second, 3, 1300 * mib, 400 * mib, ""},
		{100 * time.Second, 14 * time.Second, 3, 1700 * mib, 0, ""}, // what was held already has turned out to live
		{100 * time.Second, 14 * time.Second, 3, 2100 * mib, 0, "more than 320 MiB"},
		{101 * time.Second, 23 * time.Second, 3, 1300 * mib, 0, "worked at for 8s"},
		{101 * time.Second, 23 * time.Second, 4, 1300 * mib, 0, ""},
		{222 * time.Second, 24 * time.Second, 4, 1300 * mib, 0, "has taken 2m0s"},
	} {
		if got := cli.Look(&w, start.Add(tt.at), tt.work, tt.left, tt.left+tt.held, tt.steps); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("after %v at step %d with %d MiB: %q, want %q", tt.at, tt.steps, tt.left/mib, got, tt.want)
		}
	}
}

// TestStuckConfiguration has the reading wait for ever: the command ends with an
// error all the same, before it has written or locked anything.
func TestStuckConfiguration(t *testing.T) {
	dir := folderWith(t, "provider \"trackingmore\" {\n  endpoint = \"sandbox\"\n}\nlocals {\n  now = timestamp()\n}\n")
	for args, stuck := range map[string]int32{"validate": 1, "apply --auto-approve": 2, "show": 1} { // the reading asks for the time first, or second
		args := strings.Fields(args)
		synctest.Test(t, func(t *testing.T) {
			var stderr bytes.Buffer
			never := make(chan struct{})
			var asked atomic.Int32
			env := cli.Env{
				Stdin: strings.NewReader(""), Stdout: &bytes.Buffer{}, Stderr: &stderr, Environ: map[string]string{}, Dir: dir, Version: "0.1.0",
				Now: func() time.Time {
					if asked.Add(1) == stuck {
						<-never
					}
					return time.Now()
				},
			}
			if code := cli.Run(context.Background(), env, args); code != cli.Failure {
				t.Errorf("%v ended with %d, want %d", args, code, cli.Failure)
			}
			text := strings.Join(strings.Fields(stderr.String()), " ")
			for _, want := range []string{"The configuration takes too much", "has taken 2m0s", "Nothing was changed"} {
				if !strings.Contains(text, want) {
					t.Errorf("the message lacks %q:\n%s", want, &stderr)
				}
			}
			close(never)
		})
	}
	if names, err := filepath.Glob(filepath.Join(dir, "*")); err != nil || len(names) != 1 {
		t.Errorf("there are %q, %v", names, err)
	}
	if _, err := os.Stat(filepath.Join(dir, ".tmsync")); err == nil {
		t.Error("there is a .tmsync")
	}
}
