package testfile_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config/testfile"
	"github.com/tmsync/tmsync/internal/tracking"
)

const goodTests = `variables {
  shop = "Blue ${"$"}{Door}"
  list = ["a", "b"]
}
remote {
  tracking "sto/40293 4299065" {
    title    = "Order 1"
    archived = true
    status   = "transit"
    order_create_time = "2026/1/2 3:04"
  }
}
run "it works" {
  command       = "apply"
  mode          = "upsert"
  target        = ["tracking.a", "sto/*"]
  destroy       = true
  allow_deletes = 3
  allow_credits = 300
  variables {
    shop = null
  }
  expect {
    delete  = 1
    changes = 2
    actions = {
      "tracking.a[\"x\"]"              = "delete"
      "tracking.b"                     = "none"
      "tracking.b (deposed sto/12345)" = "delete"
    }
    warnings = ["one", "two"]
  }
  assert {
    condition     = length(tracking.a) == 1
    error_message = "there is one a"
  }
}
run "and fails" {
  expect {
    errors = ["wrong"]
  }
}
`

func TestParse(t *testing.T) {
	src := strings.Replace(goodTests, `${"$"}`, "$$", 1)
	got, diags := testfile.Parse("tests/a.test.hcl", []byte(src))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	pattern := func(s string) tracking.Pattern {
		p, err := tracking.ParsePattern(s)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	want := &testfile.File{
		Name: "tests/a.test.hcl",
		Vars: []testfile.Var{{Name: "shop", Text: `"Blue $${Door}"`}, {Name: "list", Text: `["a", "b"]`}},
		Remote: []testfile.Tracking{{
			Key: tracking.Key{Carrier: "sto", Number: "402934299065"}, Status: "transit",
			Attrs: tracking.AttrsOf(map[tracking.Attr]string{
				tracking.Title: "Order 1", tracking.Archived: "true", tracking.OrderCreateTime: "2026-01-02 03:04",
			}),
		}},
		Runs: []testfile.Run{{
			Name: "it works", Apply: true, Vars: []testfile.Var{{Name: "shop", Text: "null"}},
			Options: testfile.Options{
				Mode: "upsert", Targets: []tracking.Pattern{pattern("tracking.a"), pattern("sto/*")}, Destroy: true,
				AllowDeletes: new(3), AllowCredits: new(300),
			},
			Expect: testfile.Expect{
				Counts:   []testfile.Count{{Kind: "delete", Count: 1}, {Kind: "changes", Count: 2}},
				Actions:  []testfile.Action{{Addr: `tracking.a["x"]`, Action: "delete"}, {Addr: "tracking.b", Action: "none"}, {Addr: "tracking.b (deposed sto/12345)", Action: "delete"}},
				Warnings: []string{"one", "two"},
			},
			Asserts: []testfile.Assert{{}},
		}, {
			Name:   "and fails",
			Expect: testfile.Expect{Errors: []string{"wrong"}},
		}},
	}
	opts := cmp.Options{
		cmpopts.IgnoreUnexported(testfile.File{}), cmpopts.IgnoreTypes(hcl.Range{}, map[string]hcl.Range{}), cmpopts.IgnoreFields(testfile.Assert{}, "Condition", "Message"),
		cmp.Comparer(func(a, b tracking.Attrs) bool { return a.Equal(b) }), cmp.AllowUnexported(tracking.Pattern{}),
	}
	if diff := cmp.Diff(want, got, opts); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

// TestParseMistakes: each has a place, and none shows a value that may be
// a customer's.
func TestParseMistakes(t *testing.T) {
	run := "run \"x\" {\n%s\n}\n"
	for _, tt := range []struct{ src, want string }{
		{"", "0: No runs"},
		{"run \"x\" {", "1: Unclosed configuration block"},
		{"nonsense {}\n" + fmt.Sprintf(run, ""), "1: Unsupported block type"},
		{"variables {\n a = var.x\n}\n" + fmt.Sprintf(run, ""), "2: Variables not allowed"},
		{"variables {\n a = upper(\"Qsecret\")\n}\n" + fmt.Sprintf(run, ""), "2: Invalid argument value"},
		{"variables {\n a = [for i in [1] : i]\n}\n" + fmt.Sprintf(run, ""), "2: Invalid argument value"},
		{"variables {}\nvariables {}\n" + fmt.Sprintf(run, ""), "2: Duplicate variables block"},
		{"remote {\n tracking \"sto\" {}\n}\n" + fmt.Sprintf(run, ""), "2: Invalid key"},
		{"remote {\n tracking \"sto/12345\" {}\n tracking \"sto/12345\" {}\n}\n" + fmt.Sprintf(run, ""), "3: Duplicate tracking"},
		{"remote {\n tracking \"sto/12345\" {\n  titel = 1\n }\n}\n" + fmt.Sprintf(run, ""), "3: Unsupported argument"},
		{"remote {\n tracking \"sto/12345\" {\n  customer_email = [\"Qsecret\"]\n }\n}\n" + fmt.Sprintf(run, ""), "3: Invalid argument value"},
		{"remote {\n tracking \"sto/12345\" {\n  destination_code = \"Germany\"\n }\n}\n" + fmt.Sprintf(run, ""), "3: Invalid attribute value"},
		{fmt.Sprintf(run, "") + fmt.Sprintf(run, ""), "4: Duplicate run"},
		{"run \"\" {}\n", "1: Invalid name"},
		{fmt.Sprintf(run, `command = "destroy"`), "2: Invalid command"},
		{fmt.Sprintf(run, `command = destroy`), "2: Invalid command"},
		{fmt.Sprintf(run, `mode = "some"`), "2: Invalid mode"},
		{fmt.Sprintf(run, `mode = upsert`), "2: Variables not allowed"},
		{fmt.Sprintf(run, `target = ["nope"]`), "2: Invalid pattern"},
		{fmt.Sprintf(run, `target = "tracking.a"`), "2: Invalid argument value"},
		{fmt.Sprintf(run, `allow_deletes = -1`), "2: Number out of range"},
		{fmt.Sprintf(run, `destroy = "maybe"`), "2: Invalid argument value"},
		{fmt.Sprintf(run, "expect {}\nexpect {}"), "3: Duplicate expect block"},
		{fmt.Sprintf(run, "expect {\n creat = 1\n}"), "3: Unsupported argument"},
		{fmt.Sprintf(run, "expect {\n create = 1.5\n}"), "3: Number out of range"},
		{fmt.Sprintf(run, "expect {\n actions = { a = \"create\" }\n}"), "3: Invalid address"},
		{fmt.Sprintf(run, "expect {\n actions = { \"tracking.a\" = \"creates\" }\n}"), "3: Invalid action"},
		{fmt.Sprintf(run, "expect {\n actions = { \"tracking.a\" = null }\n}"), "3: Invalid action"},
		{fmt.Sprintf(run, "expect {\n errors = [\"\"]\n}"), "3: Invalid argument value"},
		{fmt.Sprintf(run, "expect {\n errors = [\"x\"]\n create = 1\n}"), "3: No plan to look at"},
		{fmt.Sprintf(run, "assert {\n condition = true\n}"), "2: Missing required argument"},
		{strings.Repeat(" ", testfile.MaxSize+1), "0: File too large"},
		{fmt.Sprintf(run, "target = "+strings.Repeat("[", 200)+strings.Repeat("]", 200)), "2: Configuration nested too deeply"},
	} {
		_, diags := testfile.Parse("x.test.hcl", []byte(tt.src))
		var got []string
		for _, d := range diags {
			line := 0
			if d.Subject != nil {
				line = d.Subject.Start.Line
			}
			got = append(got, fmt.Sprintf("%d: %s", line, d.Summary))
			if strings.Contains(d.Detail, "Qsecret") {
				t.Errorf("%.200q: the message shows a value: %s", tt.src, d.Detail)
			}
		}
		if diff := cmp.Diff([]string{tt.want}, got); diff != "" {
			t.Errorf("%.200q: -want +got:\n%s", tt.src, diff)
		}
	}
}

// TestWords: a command needs no quotes, as in Terraform's files, and whoever leaves them
// out elsewhere is told.
func TestWords(t *testing.T) {
	f, diags := testfile.Parse("x.test.hcl", []byte("run \"a\" {\n  command = apply\n}\nrun \"b\" {\n  command = plan\n}\n"))
	if diags.HasErrors() || len(f.Runs) != 2 || !f.Runs[0].Apply || f.Runs[1].Apply {
		t.Errorf("got %+v, %v", f.Runs, diags)
	}
	_, diags = testfile.Parse("x.test.hcl", []byte("run \"a\" {\n  mode = upsert\n}\n"))
	if !strings.Contains(diags.Error(), "put it in quotes") {
		t.Errorf("it says %v", diags)
	}
}

// TestSources: neither values of variables nor customers' data show.
func TestSources(t *testing.T) {
	const src = `variables {
  key = "Qsecret"
}
remote {
  tracking "sto/12345" {
    title          = "Shown"
    customer_email = "qmail@example.org"
  }
}
run "x" {
  variables {
    other = ["Qlist"]
  }
}
`
	f, diags := testfile.Parse("x.test.hcl", []byte(src))
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	got := string(f.Sources()["x.test.hcl"].Bytes)
	for _, hidden := range []string{"Qsecret", "qmail", "Qlist"} {
		if strings.Contains(got, hidden) {
			t.Errorf("%q shows in\n%s", hidden, got)
		}
	}
	if len(got) != len(src) || !strings.Contains(got, "Shown") {
		t.Errorf("got\n%s", got)
	}
}

// TestSourcesBroken: the same where the file is not valid.
func TestSourcesBroken(t *testing.T) {
	for _, src := range []string{
		"variables {\n  key = \"Qsecret\" + 1\n}\nrun \"x\" {}\n",
		"variables {\n  key = \"Qsecret\n}\nrun \"x\" {}\n",
		"variables {\n  key = \"Qsecret\"\n  key2 =\n}\nrun \"x\" {}\n",
		"variables {\n  key = \"Qsecret\"\n",
	} {
		f, diags := testfile.Parse("x.test.hcl", []byte(src))
		if !diags.HasErrors() {
			t.Errorf("%q has no fault", src)
		}
		if got := string(f.Sources()["x.test.hcl"].Bytes); strings.Contains(got, "Qsecret") || len(got) != len(src) {
			t.Errorf("%q shows as\n%s", src, got)
		}
	}
}

// FuzzParse: whatever it is given, it comes back, with a file or a reason.
func FuzzParse(f *testing.F) {
	f.Add(goodTests)
	f.Add("run \"x\" {\n  expect {\n    actions = { (1) = 2 }\n  }\n}\n")
	f.Add("variables {\n  a = <<EOT\nx\nEOT\n}\nrun \"x\" {}\n")
	f.Add("remote {\n  tracking \"a/\\u0000\" {\n    status = null\n  }\n}\n")
	f.Fuzz(func(t *testing.T, src string) {
		file, diags := testfile.Parse("x.test.hcl", []byte(src))
		if len(file.Runs) == 0 && !diags.HasErrors() {
			t.Error("no runs, and no reason")
		}
		for _, hclFile := range file.Sources() {
			if len(hclFile.Bytes) != len(src) {
				t.Error("the masked source has another length")
			}
		}
	})
}
