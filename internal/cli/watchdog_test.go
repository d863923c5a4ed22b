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

// TestStuckConfiguration has the reading wait for ever: the command ends with an
// error all the same, before it has written or locked anything.
func TestStuckConfiguration(t *testing.T) {
	dir := directoryWith(t, "provider \"trackingmore\" {\n  endpoint = \"sandbox\"\n}\nlocals {\n  now = timestamp()\n}\n")
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
