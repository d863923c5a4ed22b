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
		size     uint64 // bytes that were parsed
		left     uint64 // by the last collection
		held     uint64 // more than that
		want     string
	}{
		{0, 0, 1, 0, 100 * mib, 0, ""},
		{60 * time.Second, 4 * time.Second, 1, 0, 280 * mib, 0, ""},
		{60 * time.Second, 4 * time.Second, 2, 0, 900 * mib, 0, ""}, // it has got on
		{100 * time.Second, 8 * time.Second, 2, 4 << 20, 1080 * mib, 0, ""},
		{100 * time.Second, 8 * time.Second, 2, 4 << 20, 1300 * mib, 0, "more than 192 MiB"},
		{100 * time.Second, 8 * time.Second, 3, 4 << 20, 1300 * mib, 300 * mib, ""},
		{100 * time.Second, 8 * time.Second, 3, 4 << 20, 1700 * mib, 0, ""}, // what was held already has turned out to live
		{100 * time.Second, 8 * time.Second, 3, 4 << 20, 2100 * mib, 0, "more than 192 MiB"},
		{101 * time.Second, 14 * time.Second, 3, 40 << 20, 1300 * mib, 0, "worked at for 5s"},
		{101 * time.Second, 14 * time.Second, 4, 40 << 20, 1300 * mib, 0, ""},
		{102 * time.Second, 54 * time.Second, 5, 40 << 20, 1300 * mib, 0, "has taken 54s of the processors"},
		{102 * time.Second, 54 * time.Second, 200_005, 40 << 20, 1300 * mib, 0, ""},
		{223 * time.Second, 55 * time.Second, 200_005, 40 << 20, 1300 * mib, 0, "has taken 2m0s"},
	} {
		if got := cli.Look(&w, cli.Glance{At: start.Add(tt.at), Work: tt.work, Steps: tt.steps, Size: tt.size, Left: tt.left, Held: tt.left + tt.held}); tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
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
