package cli_test

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/tracking"
)

// What is wrong in the user's files is told without repeating the canary.
func TestCanariesInMistakes(t *testing.T) {
	name, mail := canaryValues[tracking.CustomerName], canaryValues[tracking.CustomerEmail]
	block := func(args string) string {
		return "tracking \"bad\" {\n  carrier_code = \"sto\"\n  tracking_number = \"402934299070\"\n" + args + "\n}\n"
	}
	for what, text := range map[string]string{
		"e-mail":                  block(`customer_email = "qmailmark"`),
		"e-mail with a break":     block(`customer_email = "qmailmark@example.org\r\nBcc: qmailmark@example.org"`),
		"too long":                block(`customer_name = "` + strings.Repeat(name, 1000) + `"`),
		"a list":                  block(`customer_name = ["` + name + `"]`),
		"an object":               block(`customer_phone = { qphonemark = "qphonemark" }`),
		"a quote missing":         block(`customer_name = "Qnamemark`),
		"a stray word":            block(`customer_name = "Qnamemark" "Qnamemark"`),
		"twice":                   block("customer_name = \"Qnamemark\"\ncustomer_name = \"Qnamemark\""),
		"key in quotes":           block(`"customer_name" = "Qnamemark"`),
		"unknown reference":       block(`customer_name = "Qnamemark ${var.nobody}"`),
		"unknown function":        block(`customer_name = uper("Qnamemark")`),
		"function that fails":     block(`customer_name = file("Qnamemark")`),
		"unknown argument":        block("customer_name = \"Qnamemark\"\ncustmer_name = 1"),
		"API key with a space":    "",
		"variable as a carrier":   block(`title = "x"`) + "tracking \"worse\" {\n  carrier_code = var.name\n  tracking_number = \"402934299071\"\n}\n",
		"variable as an e-mail":   block(`customer_email = var.name`),
		"variable in arithmetic":  block(`title = 1 + var.name`),
		"variable as an index":    block(`title = { a = 1 }[var.name]`),
		"variable as a file":      block(`title = file(var.name)`),
		"variable as JSON":        block(`title = jsondecode(var.name)`),
		"variable as a number":    block(`title = tonumber(var.name)`),
		"variable as a country":   block(`destination_code = var.name`),
		"variable as a language":  block(`lang = var.name`),
		"variable as a status":    block(`status = var.name`),
		"variable as a switch":    block(`archived = var.name`),
		"variable as a time":      block(`order_create_time = var.name`),
		"variable as a date":      block(`tracking_ship_date = var.name`),
		"variable for each":       strings.Replace(block(``), "{\n", "{\n  for_each = toset([var.name])\n", 1),
		"variable in a condition": block("lifecycle {\n precondition {\n condition = var.name == \"x\"\n error_message = \"It is ${var.name}\"\n }\n}"),
		"variable in a check":     "check \"c\" {\n assert {\n condition = var.name == \"x\"\n error_message = \"It is ${var.name}\"\n }\n}\n" + block(`customer_email = "qmailmark"`),
		"variable in an endpoint": "",
		"in an unclosed block":    "tracking \"x\" {\n  customer_email = \"" + mail + "\"\n",
		"in a comment of a value": block("customer_name = \"Qnamemark\" # Qnamemark\ncustmer = 1"),
	} {
		t.Run(what, func(t *testing.T) {
			a, code := newAviary(t, flock()), cli.Failure
			switch what {
			case "variable in a condition":
				a.write("bad.hcl", text)
				code = cli.Unsafe
			case "API key with a space":
				a.env["TRACKINGMORE_API_KEY"] = canaryKey + " " + canaryKey
			case "variable in an endpoint":
				a.env["TMSYNC_ENDPOINT"] = "https://" + canaryKey + "@example.org"
			default:
				a.write("bad.hcl", text)
			}
			a.run(cli.Failure, "validate")
			a.run(code, "plan")
			a.run(code, "apply", "--auto-approve")
			a.run(cli.OK, "show")
			if a.requests != 0 {
				t.Errorf("%d requests were sent", a.requests)
			}
		})
	}
}

// The same for CSV files.
func TestCanariesInRows(t *testing.T) {
	good := flock()["orders.csv"]
	row := strings.Split(good, "\n")[1]
	for what, text := range map[string]string{
		"e-mail":           good + "3,sto,402934299069,Qnamemark,qmailmark,1\n",
		"number":           good + "3,sto,12,Qnamemark,qmailmark@example.org,qphonemark\n",
		"columns swapped":  good + "3,Qnamemark,qphonemark,sto,402934299069,qmailmark@example.org\n",
		"too few cells":    good + "3,sto,402934299069,Qnamemark\n",
		"too many cells":   good + row + ",Qnamemark\n",
		"open quote":       good + `3,sto,402934299069,"Qnamemark` + "\n",
		"quote in a cell":  good + `3,sto,402934299069,"Qnamemark"Qnamemark,,` + "\n",
		"no header":        row + "\n",
		"another encoding": good + "3,sto,402934299069,Qnamemark\xe9,,\n",
		"NUL":              good + "3,sto,402934299069,Qnamemark\x00,,\n",
		"twice":            good + row + "\n",
		"semicolons":       strings.ReplaceAll(good, ",", ";"),
	} {
		t.Run(what, func(t *testing.T) {
			a := newAviary(t, flock())
			a.write("orders.csv", text)
			code := cli.Failure
			if what == "too few cells" || what == "semicolons" { // no mistakes any more
				code = cli.OK
			}
			a.run(code, "validate")
			a.run(code, "plan")
		})
	}
}

// The same for variables, on the command line and in files.
func TestCanariesInVariables(t *testing.T) {
	typed := strings.Replace(flock()["main.hcl"], "type      = string\n", "type      = number\n", 1)
	validated := strings.Replace(flock()["main.hcl"], "type      = string\n",
		"type = string\n  validation {\n    condition = length(var.name) < 3\n    error_message = \"It must not be ${var.name}\"\n  }\n", 1)
	for what, tt := range map[string]struct {
		main, file string
		args       []string
	}{
		"type":            {main: typed},
		"validation":      {main: validated},
		"flag":            {main: typed, args: []string{"--var", "name=" + canaryVariable}},
		"flag, unknown":   {args: []string{"--var", "nmae=" + canaryVariable}},
		"flag, no name":   {args: []string{"--var", "=" + canaryVariable}},
		"file, a list":    {file: `name = ["` + canaryVariable + `"]`},
		"file, no quotes": {file: "name = " + canaryVariable},
		"file, open":      {file: `name = "` + canaryVariable},
		"file, unknown":   {file: `name = "` + canaryVariable + "\"\nnmae = 1"},
		"file, reference": {file: `name = "` + canaryVariable + `${var.x}"`},
		"file, twice":     {file: strings.Repeat(`name = "`+canaryVariable+"\"\n", 2)},
	} {
		t.Run(what, func(t *testing.T) {
			a := newAviary(t, flock())
			if tt.main != "" {
				a.write("main.hcl", tt.main)
			}
			if tt.file != "" {
				a.write("tmsync.tmvars", tt.file)
			}
			want := cli.Failure
			if what == "file, unknown" {
				want = a.codeOf("validate") // whether it is an error or a warning is not the point here
			}
			a.run(want, append([]string{"validate"}, tt.args...)...)
			a.run(want, append([]string{"plan"}, tt.args...)...)
		})
	}
}

func (a *aviary) codeOf(args ...string) cli.ExitCode {
	return run(a.dir, a.env, 0, io.Discard, io.Discard, args)
}

// The state and the journal are damaged, or somebody else's.
func TestCanariesInConflicts(t *testing.T) {
	const state, journal = "tmsync.state.jsonl", ".tmsync/tmsync.state.jsonl/journal.jsonl"
	flip := func(text []byte) []byte {
		text[len(text)/2] ^= 1
		return text
	}
	for what, tt := range map[string]struct {
		file   string
		change func([]byte) []byte
		want   cli.ExitCode
	}{
		"bit flipped":     {state, flip, cli.Failure},
		"cut":             {state, func(b []byte) []byte { return b[:len(b)/2] }, cli.Failure},
		"empty":           {state, func([]byte) []byte { return nil }, cli.Failure},
		"merge conflict":  {state, func(b []byte) []byte { return append([]byte("<<<<<<< HEAD\n"), b...) }, cli.Failure},
		"twice":           {state, func(b []byte) []byte { return append(b, b...) }, cli.Failure},
		"journal garbage": {journal, func(b []byte) []byte { return append([]byte("garbage\n"), b...) }, cli.Failure},
	} {
		t.Run(what, func(t *testing.T) {
			a := newAviary(t, flock())
			a.run(cli.OK, "apply", "--auto-approve")
			if tt.file == journal {
				kill := make(chan struct{})
				a.write("main.hcl", strings.ReplaceAll(flock()["main.hcl"], "mark", "mark-changed-mark"))
				a.misbehave(func(_ http.ResponseWriter, r *http.Request, n int) bool {
					if r.Method != http.MethodGet {
						close(kill)
						<-r.Context().Done()
						return true
					}
					return false
				})
				a.process(kill, "apply", "--auto-approve")
				a.misbehave(nil)
			}
			path := filepath.Join(a.dir, tt.file)
			text, err := os.ReadFile(path)
			if err == nil {
				err = os.WriteFile(path, tt.change(text), 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, args := range [][]string{{"plan"}, {"apply", "--auto-approve"}, {"show"}, {"state", "list"}} {
				a.run(tt.want, args...)
			}
		})
	}
}
