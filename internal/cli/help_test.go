package cli_test

import (
	"bytes"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/mattn/go-shellwords"

	"github.com/tmsync/tmsync/internal/cli"
)

// commands lists every command as the help does.
func commands(t *testing.T) []string {
	t.Helper()
	var names []string
	listed, _, _ := strings.Cut(help(t, "--help"), "\nTopics")
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z-]+(?: [a-z]+)?)  `).FindAllStringSubmatch(listed, -1) {
		names = append(names, m[1])
	}
	if len(names) < 30 {
		t.Fatalf("the help lists %d commands only: %q", len(names), names)
	}
	return names
}

// help is what a command line writes that asks for help.
func help(t *testing.T, args ...string) string {
	t.Helper()
	var out, wrong bytes.Buffer
	if code := run(t.TempDir(), map[string]string{}, 0, &out, &wrong, args); code != cli.OK {
		t.Errorf("tmsync %q ended with %d\n%s", args, code, &wrong)
	}
	return out.String()
}

// Every command has worked examples, and each of them is a command line that parses.
func TestHelpExamples(t *testing.T) {
	t.Parallel()
	for _, name := range commands(t) {
		if name == "help" || name == "completion" {
			continue
		}
		_, examples, _ := strings.Cut(help(t, append(strings.Fields(name), "--help")...), "\nExamples:\n")
		examples, _, _ = strings.Cut(examples, "lags")
		lines := regexp.MustCompile(`(?m)^  (?:.*\| )?tmsync ([^<>\n]*)`).FindAllStringSubmatch(examples, -1)
		named := false
		for _, m := range lines {
			words, err := shellwords.Parse(m[1])
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(words[0], "--chdir") {
				words = words[1:]
			}
			named = named || strings.HasPrefix(strings.Join(words, " "), name)
			if got := help(t, append(words, "--help")...); !strings.HasPrefix(got, "Usage: tmsync [--chdir=DIR] "+name+" ") {
				t.Errorf("an example of %s is of another command: %s", name, m[1])
			}
		}
		if !named {
			t.Errorf("tmsync %s --help has no example of it", name)
		}
	}
}

// The help fits into 80 columns, but for the text that cobra has for each shell.
func TestHelpColumns(t *testing.T) {
	t.Parallel()
	check := func(args ...string) {
		for line := range strings.Lines(help(t, args...)) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("tmsync %s: %d columns: %s", strings.Join(args, " "), n, line)
			}
		}
	}
	check("--help")
	for _, name := range append(commands(t), "state", "query", "webhook") {
		check(append(strings.Fields(name), "--help")...)
	}
}

// The commands with many flags show first the five that matter.
func TestHelpFlagsThatMatter(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"plan", "apply"} {
		_, flags, _ := strings.Cut(help(t, name, "--help"), "\nFlags that matter most:\n")
		flags, _, more := strings.Cut(flags, "\nMore flags:\n")
		if n := len(regexp.MustCompile(`(?m)^      --`).FindAllString(flags, -1)); n != 5 || !more {
			t.Errorf("%s shows %d flags first:\n%s", name, n, flags)
		}
	}
}

// Topics are documents, readable on a terminal: without marks, as wide as that is but
// for code. "help state" is one, and "state --help" has the commands.
func TestHelpTopics(t *testing.T) {
	t.Parallel()
	_, listed, _ := strings.Cut(help(t, "--help"), "\nTopics")
	var names []string
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z]+)  `).FindAllStringSubmatch(listed, -1) {
		names = append(names, m[1])
		for line := range strings.Lines(help(t, "help", m[1])) {
			line = strings.TrimSuffix(line, "\n")
			if strings.HasPrefix(line, "    ") {
				continue
			}
			if n := utf8.RuneCountInString(line); n > 80 {
				t.Errorf("%s: %d columns: %s", m[1], n, line)
			}
			for _, mark := range []string{"**", "](", "|--", "```", "<"} {
				if strings.Contains(regexp.MustCompile("`[^`]*`").ReplaceAllString(line, ""), mark) {
					t.Errorf("%s has %s: %s", m[1], mark, line)
				}
			}
		}
	}
	if diff := cmp.Diff([]string{"language", "planning", "safety", "state", "commands"}, names); diff != "" {
		t.Errorf("topics (-want +got):\n%s", diff)
	}
	if got := help(t, "help", "state"); !strings.HasPrefix(got, "THE STATE\n") {
		t.Errorf("help state: %.100s", got)
	}
	if got := help(t, "state", "--help"); !strings.Contains(got, "state mv") {
		t.Errorf("state --help: %.300s", got)
	}
	if got := help(t, "help", "state", "mv"); got != help(t, "state", "mv", "--help") {
		t.Errorf("help state mv: %.300s", got)
	}
	if got := help(t, "__complete", "query", "costtime", "--carrier", "dhl-b"); !strings.HasPrefix(got, "dhl-benelux\n") {
		t.Errorf("the carrier dhl-b is completed to %q", got)
	}
	if got := help(t, "__complete", "help", "lan"); !strings.HasPrefix(got, "language\t") {
		t.Errorf("help lan is completed to %q", got)
	}
}
