package sandbox_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/sandbox"
)

// TestConversations plays what stands in testdata/conversations, to the letter; what
// of it the service is known to do stands in TestContract. A line "> METHOD PATH"
// asks, with further "> " lines as the body; "! " lines turn the world: the clock,
// the credits, a carrier's report. What is between them is the answer, as it must
// be; "# " lines are comments. Every request takes a second.
func TestConversations(t *testing.T) {
	files, err := filepath.Glob("testdata/conversations/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no conversations: %v", err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txt"), func(t *testing.T) {
			want, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			got := play(t, string(want))
			if golden.Update() {
				if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
				t.Errorf("conversation mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// play carries a conversation out and writes it with the answers that it got.
func play(t *testing.T, script string) string {
	t.Helper()
	now := newClock()
	s := newServer(t, sandbox.Options{Now: now.now})
	var out bytes.Buffer
	lines := strings.Split(strings.TrimRight(script, "\n"), "\n")
	for i := 0; i < len(lines); i++ {
		text, isRequest := strings.CutPrefix(lines[i], "> ")
		switch {
		case isRequest:
			out.WriteString(lines[i] + "\n")
			var body []string
			for ; i+1 < len(lines) && strings.HasPrefix(lines[i+1], "> "); i++ {
				body = append(body, lines[i+1][2:])
				out.WriteString(lines[i+1] + "\n")
			}
			now.advance(time.Second)
			out.WriteString(answerText(t, s, text, strings.Join(body, "\n")) + "\n")
		case strings.HasPrefix(lines[i], "! "):
			turn(t, s, now, strings.Fields(lines[i][2:]))
			fallthrough
		case lines[i] == "", strings.HasPrefix(lines[i], "# "):
			out.WriteString(lines[i] + "\n")
		}
	}
	return out.String()
}

func answerText(t *testing.T, s *sandbox.Server, request, body string) string {
	t.Helper()
	method, path, _ := strings.Cut(request, " ")
	resp, err := send(s, method, path, body)
	if err != nil {
		t.Fatalf("%s: %v", request, err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatalf("%s: %v", request, err)
	}
	text = bytes.ReplaceAll(text, []byte(`\/`), []byte("/"))
	var env struct{ Meta, Data json.RawMessage }
	if err := json.Unmarshal(text, &env); err != nil {
		t.Fatalf("%s: answer %q: %v", request, text, err)
	}
	var data bytes.Buffer
	if err := json.Indent(&data, env.Data, "", "  "); err != nil {
		t.Fatal(err)
	}
	return strconv.Itoa(resp.StatusCode) + " " + string(env.Meta) + "\n" + data.String()
}

func turn(t *testing.T, s *sandbox.Server, now *clock, words []string) {
	t.Helper()
	key := func(text string) sandbox.Key {
		carrier, number, _ := strings.Cut(text, "/")
		return sandbox.Key{Carrier: carrier, Number: number}
	}
	var err error
	switch words[0] {
	case "wait":
		var d time.Duration
		d, err = time.ParseDuration(words[1])
		now.advance(d)
	case "credits":
		var n int
		n, err = strconv.Atoi(words[1])
		err = errors.Join(err, s.SetCredits(n))
	case "carrier-reports":
		err = s.SetStatus(key(words[1]), words[2])
	default:
		t.Fatalf("unknown line: ! %s", strings.Join(words, " "))
	}
	if err != nil {
		t.Fatalf("! %s: %v", strings.Join(words, " "), err)
	}
}
