package cli_test

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mattn/go-shellwords"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/sandbox"
	texts "github.com/tmsync/tmsync/internal/text"
)

// wordy is a configuration of long texts.
const wordy = `
provider "trackingmore" {
  requests_per_second = 0
}

variable "greeting" {
  type        = string
  default     = "a variable whose value goes on and on, further than any line of a terminal of eighty columns"
  description = "a description that goes on and on, too, further than any line of a terminal of eighty columns"
}

tracking "parcel" {
  for_each = {
    "a key of very many words, as a shop has it whose orders have names instead of numbers" = "402934299065"
    "a-key-of-no-words-at-all-as-a-shop-has-it-that-makes-the-keys-of-its-orders-by-machine"  = "402934299066"
  }
  carrier_code    = "sto"
  tracking_number = each.value
  title           = "Red shoes in a large box, to be left with the neighbours on the second floor, please: TITLE"
  comment         = "https://shop.example.com/orders/2026/10/20/SO-1041?customer=4711&token=a-token-that-has-no-space"
  customer_name   = "Somebody"
}

trackings "orders" {
  file            = "orders.csv"
  key             = row.id
  carrier_code    = row.carrier
  tracking_number = row.number
}

output "greeting" {
  value = { text = var.greeting, others = [var.greeting, "中文中文中文中文中文中文中文中文中文中文中文 中文中文中文中文中文中文中文中文中文中文"] }
}
`

// TestScreens runs every command on a terminal of 80 columns: no word is broken in the
// middle, but one for which no line has room.
func TestScreens(t *testing.T) {
	t.Parallel()
	srv, err := sandbox.New(sandbox.Options{Identity: sandbox.Identity{Email: "shop@example.com"}})
	must(t, err)
	web := httptest.NewServer(srv)
	t.Cleanup(web.Close)
	dir := t.TempDir()
	write := func(name, content string) {
		must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700))
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600))
	}
	write("main.hcl", wordy)
	write("orders.csv", "id,carrier,number\nA-1,yto,YT4538216790123\n")
	write("bad/main.hcl", strings.ReplaceAll(wordy, "TITLE", "${local.a_local_value_that_nobody_has_declared_anywhere}"))
	write("empty/orders.csv", "Order Number,Courier,Tracking numbers,A column of which nobody can say what is in it\nSO-1,A carrier with a very long name that nobody has ever heard of,RB470009515GB,x\n")
	write("tests/a.test.hcl", "run \"a run with a very long name, which says at length what it is that it wants to prove\" {\n  command = plan\n\n  expect {\n    create = 4\n  }\n}\n")
	must(t, srv.Put(sandbox.Row{Carrier: "dhl", Number: "JJD0099999", Title: strings.Repeat("somebody else's ", 9)}))

	env := cli.Env{
		StdinTerminal: true, StdoutWidth: 80, StderrWidth: 80, Dir: dir, Now: time.Now, Version: "0.1.0", ReadLag: readLag, PID: os.Getpid(), Host: "a-host", User: "somebody",
		Environ: map[string]string{"TMSYNC_ENDPOINT": web.URL + "/v2", "TRACKINGMORE_API_KEY": "screen", "TMSYNC_WEBHOOK_EMAIL": "shop@example.com"},
	}
	// What is to be on a screen, in this order; "#" begins what is not a command line: the
	// answer that is typed, or what becomes of the files.
	lines := strings.Split(strings.TrimSpace(`
init
validate
--chdir=bad validate
--chdir=bad plan
--chdir=empty init --from orders.csv
carriers match empty/orders.csv
plan
plan --full --target 'tracking.parcel["a key of very many words, as a shop has it whose orders have names instead of numbers"]'
apply --max-requests=1 # no
apply --max-requests=1 --auto-approve
apply # yes
apply --auto-approve --var=greeting=hello
drift
refresh
plan --refresh=false --mode=create
plan --out=the.plan
show the.plan
show
output
output greeting
explain sto/402934299065
explain sto/402934299066
explain dhl/JJD0099999
explain orders.csv:2
explain 'tracking.parcel["a key of no parcel, which is in no file and in no state and not at the service"]'
console # var.greeting
fmt --check
test
test --verbose
import 'tracking.parcel["a key that no file has, which is so long that no line has room for the words"]' dhl/JJD0099999
state list
state show sto/402934299065
state mv --dry-run tracking.parcel tracking.another_name_of_a_block_that_is_long
state rm --dry-run 'tracking.parcel["*"]'
state push tmsync.state.jsonl
state verify
force-unlock nobody
account
track sto/402934299065
carriers
carriers --refresh
carriers detect --allow-paid-data RB470009515GB
query remote --allow-paid-data --country US --postcode 94107
query remote --country US --postcode 94107
query costtime --carrier dhl --origin CN --destination US
query aircargo --allow-paid-data 172-28891936
webhook verify
sandbox --listen 0.0.0.0:80
version
help
help language
help completion
completion --help
nope
plan --nope
plan nope
destroy --allow-deletes=9 # no
destroy --auto-approve
destroy --auto-approve --allow-deletes=9
`), "\n")
	shown := map[string]bool{}
	for _, line := range lines {
		line, answer, _ := strings.Cut(line, " # ")
		args, err := shellwords.Parse(line)
		must(t, err)
		var out bytes.Buffer
		env := env
		env.Stdin, env.Stdout, env.Stderr = strings.NewReader(answer+"\n"), &out, &out
		cli.Run(context.Background(), env, args)
		if out.Len() == 0 && line != "fmt --check" {
			t.Errorf("tmsync %s shows nothing", line)
		}
		for _, name := range commands(t) {
			if words := strings.Fields(name); slices.Equal(words, args[:min(len(words), len(args))]) {
				shown[name] = true
			}
		}
		checkScreen(t, "tmsync "+line, out.String())
	}
	// Of these there is only what programs read.
	exact := []string{"export", "schema", "state pull"}
	for _, name := range commands(t) {
		if shown[name] == slices.Contains(exact, name) {
			t.Errorf("tmsync %s is shown on a screen: %v", name, shown[name])
		}
		var out bytes.Buffer
		env := env
		env.Stdout, env.Stderr = &out, &out
		cli.Run(context.Background(), env, append(strings.Fields(name), "--help"))
		checkScreen(t, "tmsync "+name+" --help", out.String())
	}
}

var painted = regexp.MustCompile(`\x1b\[[0-9;]*m`)

// checkScreen finds lines that go beyond 80 columns with anything but one word that is
// wider than any line.
func checkScreen(t *testing.T, command, out string) {
	t.Helper()
	for line := range strings.SplitSeq(painted.ReplaceAllString(out, ""), "\n") {
		if texts.Columns(line) <= 80 {
			continue
		}
		last := line[strings.LastIndex(line, " ")+1:]
		if texts.Columns(last) <= 80 {
			t.Errorf("%s: a line of %d columns: %q", command, texts.Columns(line), line)
		}
	}
}

// TestScreensExact: what programs read has the same lines on a terminal.
func TestScreensExact(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must(t, os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(strings.Replace(wordy, "requests_per_second = 0", `endpoint = "sandbox"`, 1)), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "orders.csv"), []byte("id,carrier,number\nA-1,yto,YT4538216790123\n"), 0o600))
	runAt := func(width int, line string) string {
		var out bytes.Buffer
		args, err := shellwords.Parse(line)
		must(t, err)
		code := cli.Run(context.Background(), cli.Env{
			Stdin: strings.NewReader("a = \"" + strings.Repeat("a word ", 20) + "\"\n"), Stdout: &out, Stderr: &bytes.Buffer{}, StdinTerminal: width > 0 && line != "fmt -", StdoutWidth: width, StderrWidth: width,
			Environ: map[string]string{"NO_COLOR": "1"}, Dir: dir, Now: func() time.Time { return time.Unix(0, 0) }, Version: "0.1.0", PID: os.Getpid(),
		}, args)
		if code != cli.OK {
			t.Errorf("tmsync %s ended with %d", line, code)
		}
		return out.String()
	}
	runAt(0, "apply --auto-approve")
	for _, line := range []string{
		"validate --json", "plan --json", "show --json", "output --json", "output --json greeting", "explain --json sto/402934299065", "account --json",
		"carriers --json", "version --json", "track --json sto/402934299065", "query costtime --json --carrier dhl --origin CN --destination US", "explain --json orders.csv:2",
		"carriers match --json orders.csv", "export", "export --to=hcl", "export --to=json", "schema config", "state pull", "fmt -", "plan --md-out=/dev/stdout", "completion bash", "__complete plan --ref",
	} {
		if narrow, wide := runAt(80, line), runAt(0, line); narrow != wide || wide == "" {
			t.Errorf("tmsync %s is another one on a terminal:\n%s\nnot\n%s", line, narrow, wide)
		}
	}
}
