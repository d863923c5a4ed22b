package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/state"
	localstate "github.com/tmsync/tmsync/state/local"
)

const stateName = "tmsync.state.jsonl"

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// record is a record in its shortest form.
func record(addr, key string) *state.Record {
	k, err := tracking.ParseKey(key)
	if err != nil {
		panic(err)
	}
	return &state.Record{Addr: tracking.Addr(addr), Key: k}
}

// stated returns a directory with a state of some records.
func stated(t *testing.T, recs ...*state.Record) string {
	t.Helper()
	dir := t.TempDir()
	inState(t, dir, true, func(s *state.Session) error {
		var effects []state.Effect
		for _, r := range recs {
			effects = append(effects, state.Effect{Addr: r.Addr, Record: r})
		}
		return s.Settle(0, effects, nil)
	})
	return dir
}

// inState does something in the session of a run, which may end without a commit.
func inState(t *testing.T, dir string, commit bool, do func(*state.Session) error) {
	t.Helper()
	s, err := state.Open(t.Context(), localstate.New(dir, stateName), state.OpenOptions{Tool: "test"})
	if err == nil {
		err = do(s)
	}
	if err == nil && commit {
		err = s.Commit(t.Context())
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
}

// doubt leaves a request without an answer.
func doubt(t *testing.T, dir string, op tracking.Op, r *state.Record) {
	t.Helper()
	inState(t, dir, false, func(s *state.Session) error {
		_, err := s.Begin(state.Intent{Op: op, Items: []state.IntentItem{{Addr: r.Addr, Key: r.Key, Record: r}}})
		return err
	})
}

// stateCommand runs a command of the state without a configuration.
func stateCommand(t *testing.T, dir string, want cli.ExitCode, args ...string) (out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args = append([]string{"state", args[0], "--state=" + stateName}, args[1:]...)
	if code := run(dir, nil, 0, &stdout, &stderr, args); code != want {
		t.Errorf("tmsync %v ended with %d, want %d\n%s%s", args, code, want, &stdout, &stderr)
	}
	return stdout.String(), flat(stderr.String())
}

func wantText(t *testing.T, what, want, got string) {
	t.Helper()
	if !strings.Contains(got, want) {
		t.Errorf("%s: want %q in\n%s", what, want, got)
	}
}

// TestStateDeposed lists, moves along and removes a tracking that was deposed.
func TestStateDeposed(t *testing.T) {
	t.Parallel()
	const deposed = "tracking.a (deposed sto/11111)"
	dir := stated(t, record("tracking.a", "sto/22222"), record(deposed, "sto/11111"))
	out, _ := stateCommand(t, dir, cli.OK, "show", deposed)
	wantText(t, "show", "# "+deposed+"\nsto/11111", out)
	out, _ = stateCommand(t, dir, cli.OK, "show", "tracking.a")
	wantText(t, "show", "# tracking.a\nsto/22222", out)
	out, _ = stateCommand(t, dir, cli.OK, "mv", "tracking.a", `tracking.b["x"]`)
	wantText(t, "mv", `Move `+deposed+` to tracking.b["x"] (deposed sto/11111)`, out)
	stateCommand(t, dir, cli.OK, "rm", `tracking.b["x"] (deposed sto/11111)`)
	out, _ = stateCommand(t, dir, cli.OK, "list")
	if diff := cmp.Diff("tracking.b[\"x\"]\n", out); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
}

// TestStateInDoubt has a request without an answer: what it was sent for is neither
// moved nor removed, and the state is not replaced, but by force.
func TestStateInDoubt(t *testing.T) {
	t.Parallel()
	a, b, c := record("tracking.a", "sto/11111"), record("tracking.b", "sto/22222"), record("tracking.c", "sto/33333")
	dir := stated(t, a, b)
	whole := filepath.Join(dir, "whole.jsonl")
	out, _ := stateCommand(t, dir, cli.OK, "pull")
	if err := os.WriteFile(whole, []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	doubt(t, dir, tracking.OpUpdate, a)
	doubt(t, dir, tracking.OpCreate, c)
	before := read(t, filepath.Join(dir, stateName))
	for _, args := range [][]string{{"rm", "tracking.a"}, {"rm", "sto/*"}, {"mv", "tracking.a", "tracking.d"}, {"mv", "tracking.b", "tracking.c"}} {
		_, errs := stateCommand(t, dir, cli.Failure, args...)
		wantText(t, strings.Join(args, " "), "without learning what became of it", errs)
	}
	_, errs := stateCommand(t, dir, cli.OK, "pull")
	wantText(t, "pull", "Only the journal knows of them", errs)
	out, _ = stateCommand(t, dir, cli.OK, "verify")
	wantText(t, "verify", "it belongs to the state, and has 2 requests in doubt", out)
	if now := read(t, filepath.Join(dir, stateName)); now != before {
		t.Error("the state was changed")
	}

	stateCommand(t, dir, cli.OK, "rm", "tracking.b")
	inState(t, dir, false, func(s *state.Session) error {
		if n := len(s.InDoubt()); n != 2 {
			t.Errorf("%d requests are in doubt after a change beside them, want 2", n)
		}
		return nil
	})
	_, errs = stateCommand(t, dir, cli.Failure, "push", "whole.jsonl")
	wantText(t, "push", "What became of 2 of an earlier run's requests is not known", errs)
	out, _ = stateCommand(t, dir, cli.OK, "push", "--force", "whole.jsonl")
	kept := regexp.MustCompile(`\.tmsync/tmsync\.state\.jsonl/journal\.jsonl\.[0-9TZ-]+\.backup`).FindString(out)
	if kept == "" || !strings.Contains(read(t, filepath.Join(dir, kept)), "tracking.c") {
		t.Errorf("the journal was not kept:\n%s", out)
	}
	out, _ = stateCommand(t, dir, cli.OK, "verify")
	wantText(t, "verify", "All is well.", out)
}

// TestStatePullFolds writes out what only the journal knows yet, and pushes it back
// as what is there already.
func TestStatePullFolds(t *testing.T) {
	dir := stated(t, record("tracking.a", "sto/11111"))
	inState(t, dir, false, func(s *state.Session) error {
		b := record("tracking.b", "sto/22222")
		return s.Settle(0, []state.Effect{{Addr: b.Addr, Record: b}}, nil)
	})
	before := read(t, filepath.Join(dir, stateName))
	out, _ := stateCommand(t, dir, cli.OK, "pull")
	got, err := state.ReadAsIs(strings.NewReader(out))
	if err != nil {
		t.Fatal(err)
	}
	if got.Serial != 2 || len(got.Records) != 2 {
		t.Errorf("pulled serial %d with %d trackings, want serial 2 with 2", got.Serial, len(got.Records))
	}
	verified, _ := stateCommand(t, dir, cli.OK, "verify")
	wantText(t, "verify", "outcomes of a run that was interrupted", verified)
	if err := os.WriteFile(filepath.Join(dir, "pulled.jsonl"), []byte(out), 0o600); err != nil {
		t.Fatal(err)
	}
	pushed, _ := stateCommand(t, dir, cli.OK, "push", "pulled.jsonl")
	wantText(t, "push", "nothing was pushed", pushed)
	if now := read(t, filepath.Join(dir, stateName)); now != before {
		t.Error("the state was changed")
	}
	stateCommand(t, t.TempDir(), cli.OK, "pull")
}

// TestStateMergedByHand mixes what two runs made of one state: every command says
// what has happened, and each of the two ways out is one.
func TestStateMergedByHand(t *testing.T) {
	a, b, c := record("tracking.a", "sto/11111"), record("tracking.b", "sto/22222"), record("tracking.c", "sto/33333")
	dir := stated(t, a)
	base := read(t, filepath.Join(dir, stateName))
	side := func(r *state.Record) string {
		if err := os.WriteFile(filepath.Join(dir, stateName), []byte(base), 0o600); err != nil {
			t.Fatal(err)
		}
		inState(t, dir, true, func(s *state.Session) error {
			return s.Settle(0, []state.Effect{{Addr: r.Addr, Record: r}}, nil)
		})
		return read(t, filepath.Join(dir, stateName))
	}
	ours, theirs := side(b), side(c)
	merged := ours + theirs[strings.LastIndex(strings.TrimSpace(theirs), "\n")+1:]
	for name, text := range map[string]string{stateName: merged, "theirs.jsonl": theirs} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, args := range [][]string{{"list"}, {"verify"}, {"verify", stateName}, {"pull"}, {"rm", "tracking.a"}, {"push", "theirs.jsonl"}} {
		_, errs := stateCommand(t, dir, cli.Failure, args...)
		wantText(t, strings.Join(args, " "), "its lines come from two versions: a merge", errs)
		wantText(t, strings.Join(args, " "), "git checkout --ours or --theirs", errs)
	}
	out, _ := stateCommand(t, dir, cli.OK, "push", "--force", "theirs.jsonl")
	wantText(t, "push", "What was there before is kept in", out)
	out, _ = stateCommand(t, dir, cli.OK, "list")
	if diff := cmp.Diff("tracking.a\ntracking.c\n", out); diff != "" {
		t.Errorf("the list (-want +got):\n%s", diff)
	}
	if backup := read(t, filepath.Join(dir, stateName+".backup")); backup != merged {
		t.Error("the backup is not what was there before")
	}
}

// TestStatePushFromStdin pushes what is piped in, and checks it to its end first.
func TestStatePushFromStdin(t *testing.T) {
	dir := stated(t, record("tracking.a", "sto/11111"))
	out, _ := stateCommand(t, dir, cli.OK, "pull")
	push := func(text string) (cli.ExitCode, string) {
		var stdout, stderr bytes.Buffer
		code := cli.Run(t.Context(), cli.Env{
			Stdin: strings.NewReader(text), Stdout: &stdout, Stderr: &stderr, Dir: dir, Now: time.Now, Version: "0.1.0",
		}, []string{"state", "push", "--state=" + stateName, "-"})
		return code, flat(stdout.String() + stderr.String())
	}
	stateCommand(t, dir, cli.OK, "rm", "tracking.a")
	before := read(t, filepath.Join(dir, stateName))
	if code, text := push(out[:len(out)-2]); code != cli.Failure || !strings.Contains(text, "The standard input, line 2: the line has no end") {
		t.Errorf("a part of a state: %d\n%s", code, text)
	}
	if now := read(t, filepath.Join(dir, stateName)); now != before {
		t.Error("the state was changed")
	}
	dir = t.TempDir()
	if code, text := push(out); code != cli.OK || !strings.Contains(text, "1 tracking, with 1 more, 0 fewer and 0 changed") {
		t.Errorf("a whole state: %d\n%s", code, text)
	}
	if got, _ := stateCommand(t, dir, cli.OK, "list"); got != "tracking.a\n" {
		t.Errorf("it has %q", got)
	}
}
