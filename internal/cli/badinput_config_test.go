//go:build unix

package cli_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"unicode/utf16"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/gear/exhaustive"
)

// TestBadConfigurations returns the cases 1 to 39 and 43 to 52 to the program: those
// of testdata/bad, and those that are too large or too odd to be written out.
func TestBadConfigurations(t *testing.T) {
	t.Parallel()
	far := newCounted(t)
	cases := readBadInputs(t, filepath.Join("testdata", "bad", "*.txtar"))
	cases = append(cases, oddTexts()...)
	cases = append(cases, nestedTexts()...)
	cases = append(cases, bombs()...)
	cases = append(cases, oddValues()...)
	cases = append(cases, oddFiles()...)
	cases = append(cases, oddTables()...)
	seen := map[int]bool{}
	for _, in := range cases {
		m := regexp.MustCompile(`^[HPC](\d\d) `).FindStringSubmatch(in.name)
		if m == nil {
			t.Errorf("%q has no number", in.name)
			continue
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		seen[n] = true
		t.Run(in.name, func(t *testing.T) { in.run(t, far) })
	}
	for n := 1; n <= 52; n++ {
		if !seen[n] && (n < 40 || n > 42) { // those are about the state's files
			t.Errorf("there is no case %d", n)
		}
	}
}

// inMain is a case of one file.
func inMain(name, text string, code cli.ExitCode, want ...string) badInput {
	return badInput{name: name, files: map[string]string{"main.hcl": text}, code: code, want: want}
}

// local is a case of one local value.
func local(name, expr string, want ...string) badInput {
	return inMain(name, "locals {\n  x = "+expr+"\n}\n", cli.Failure, append(want, "main.hcl line 2")...)
}

// heavy is a case that takes seconds.
func heavy(in badInput) badInput {
	in.heavy = true
	return in
}

const (
	oneTracking = "tracking \"a\" {\n  carrier_code    = \"dhl\"\n  tracking_number = %s\n}\n"
	oneTable    = "trackings \"a\" {\n  csv             = \"a.csv\"\n  carrier_code    = \"dhl\"\n  tracking_number = row.number\n}\n"
)

func numbered(number string) string { return fmt.Sprintf(oneTracking, number) }

// oddTexts are files that are not quite text.
func oddTexts() []badInput {
	utf16le := "\xff\xfe"
	for _, unit := range utf16.Encode([]rune(numbered(`"12345678"`))) {
		utf16le += string([]byte{byte(unit), byte(unit >> 8)})
	}
	windows := strings.ReplaceAll(numbered(`"12345678"`), "\n", "\r\n")
	return []badInput{
		inMain("H02 a byte order mark, and lines as Windows ends them", "\ufeff"+windows, cli.OK, "it declares 1 tracking"),
		inMain("H03 UTF-16", utf16le, cli.Failure, "not UTF-8: byte 0", "main.hcl line 1"),
		inMain("H04 zero bytes", "locals {\n  a = 1\x00\n}\n", cli.Failure, "main.hcl line 2"),
		inMain("H04 a zero byte in a string", numbered("\"1234\x005678\""), cli.Failure, "main.hcl line 3"),
		inMain("H05 a string that is not UTF-8", numbered("\"1234\xff5678\""), cli.Failure, "not UTF-8: byte 66", "main.hcl line 3"),
	}
}

// nestedTexts kill the parser of hcl, which is recursive.
func nestedTexts() []badInput {
	var cases []badInput
	deep := func(n int, name, open string, times int) {
		cases = append(cases, inMain(fmt.Sprintf("H%02d %d times %s", n, times, name), "x = "+strings.Repeat(open, times), cli.Failure, "Configuration nested too deeply", "100 levels", "main.hcl line 1"))
	}
	deep(6, "(", "(", 100_000)
	deep(7, "[", "[", 100_000)
	deep(7, "{x=", "{x=", 100_000)
	deep(7, "${", `"${`, 100_000)
	deep(7, "f(", "f(", 100_000)
	long := func(n int, name, text string, want ...string) {
		cases = append(cases, inMain(fmt.Sprintf("H%02d a million times %s", n, name), text, cli.Failure, append(want, "main.hcl line 1")...))
	}
	const chain = "Expression too long"
	million := func(s string) string { return strings.Repeat(s, 1_000_000) }
	long(8, "!", "x = "+million("!"), chain, "1000 operators")
	long(8, "-", "x = "+million("-"), chain, "1000 operators")
	long(9, "1+", "x = "+million("1+"), chain, "1000 operators")
	long(9, "true?1:", "x = "+million("true?1:"), chain, "1000 operators")
	long(10, "a splat", "x = a"+million("[*]"), chain, "1000 operators")
	long(10, "a directive", "x = \""+million("%{if true}"), "nested too deeply")
	cases = append(cases,
		inMain("H10 a million nested blocks", million("a {\n"), cli.Failure, "nested too deeply", "main.hcl line 101"),
		badInput{name: "H07 nested arrays in JSON", files: map[string]string{"a.hcl.json": `{"x":` + strings.Repeat("[", 100_000)}, code: cli.Failure, want: []string{"nested too deeply", "a.hcl.json line 1"}},
		badInput{name: "H06 nested parentheses in JSON", files: map[string]string{"a.hcl.json": `{"locals":{"x":"${` + strings.Repeat("(", 100_000) + `"}}`}, code: cli.Failure, want: []string{"100 levels", "a.hcl.json line 1"}},
		badInput{name: "H06 nested parentheses in a template", files: map[string]string{"main.hcl": "locals {\n  x = templatefile(\"a.tmpl\", {})\n}\n", "a.tmpl": "${" + strings.Repeat("(", 100_000)}, code: cli.Failure, want: []string{"100 levels", "main.hcl line 2"}},
		badInput{name: "H06 nested parentheses for a variable", args: []string{"validate", "--var", "v=" + strings.Repeat("(", 100_000)}, files: map[string]string{"main.hcl": "variable \"v\" {\n  type = list(string)\n}\n"}, code: cli.Failure, want: []string{"100 levels"}},
	)
	return cases
}

// bombs are small, and what they ask for is not.
func bombs() []badInput {
	const tooMuch = "takes too much"
	thrice := func(n int, body string) string {
		return strings.ReplaceAll("[for a in range(N) : [for b in range(N) : [for c in range(N) : "+body+"]]]", "N", fmt.Sprint(n))
	}
	const text = "locals {\n  x0 = \"abcdefghij\"\n"
	cases := []badInput{
		heavy(local("H11 three loops over 200", thrice(200, "1"), tooMuch)),
		heavy(local("H11 three loops over 1000", thrice(1000, "1"), tooMuch)),
		local("H11 three loops over 1000 that make objects", thrice(1000, "{ a = b }"), tooMuch),
		heavy(local("H11 three loops over 1000 that make texts", thrice(1000, `"${a}-${b}-${c}"`), tooMuch)),
		heavy(local("H11 three loops over 1000 that keep nothing", thrice(1000, "1 if a == 1001"), tooMuch)),
		heavy(local("H11 three loops over 1000 that fail", thrice(1000, "nope(a)"), tooMuch)),
		heavy(local("H11 three loops over 1000 inside of try", "try("+thrice(1000, "try(a.b, 1)")+", 1)", tooMuch)),
		heavy(local("H11 three loops in a template", `"%{for a in range(1000)}%{for b in range(1000)}%{for c in range(1000)}x%{endfor}%{endfor}%{endfor}"`, tooMuch)),
		local("H11 four loops", "[for a in [1] : [for b in [1] : [for c in [1] : [for d in [1] : 1]]]]", "Too many nested for expressions", "3 levels"),
		local("H11 a product of a thousand million", "setproduct(range(1000), range(1000), range(1000))", "100000 elements"),
		inMain("H11 two loops over literals in a lifecycle", numbered(`"12345678"`)[:len(numbered(`"12345678"`))-2]+"  lifecycle {\n    prevent_destroy = [for a in [1] : a]\n  }\n}\n", cli.Failure, "must be a constant", "main.hcl line 5"),
		heavy(inMain("H11 two loops over literals in a default", "variable \"v\" {\n  default = [for a in ["+strings.Repeat("1,", 3000)+"] : [for b in ["+strings.Repeat("1,", 3000)+"] : a]]\n}\n", cli.Failure, tooMuch, "main.hcl line 2")),
		inMain("H12 a text doubled 24 times", text+doublings(24, "  x%d = \"${local.x%d}${local.x%[2]d}\"\n")+"}\n", cli.Failure, "String too long", "10 MiB", "main.hcl line 23"),
		inMain("H12 a text doubled 40 times", text+doublings(40, "  x%d = \"${local.x%d}${local.x%[2]d}\"\n")+"}\n", cli.Failure, "String too long", "10 MiB", "main.hcl line 23"),
		inMain("H12 a text doubled 40 times by a function", text+doublings(40, "  x%d = format(\"%%s%%s\", local.x%d, local.x%[2]d)\n")+"}\n", cli.Failure, "the result would be longer than 10 MiB", "main.hcl line 22"),
		heavy(inMain("H12 a list doubled 24 times", "locals {\n  l0 = range(1000)\n"+doublings(24, "  l%d = concat(local.l%d, local.l%[2]d)\n")+"}\n", cli.Failure, "Value too large")),
		heavy(inMain("H12 a tuple of itself 40 times", "locals {\n  l0 = range(1000)\n"+doublings(40, "  l%d = [local.l%d, local.l%[2]d]\n")+"}\n", cli.Failure, "Value too large")),
		{name: "H12 a text doubled 40 times in JSON", files: map[string]string{"a.hcl.json": "{\"locals\": {\"x0\": \"0123456789\"" + doublings(40, ",\n\"x%d\": \"${local.x%d}${local.x%[2]d}\"") + "}}"}, code: cli.Failure, want: []string{"String too long", "a.hcl.json line"}},
		{name: "H11 three loops over 1000 in JSON", heavy: true, files: map[string]string{"a.hcl.json": `{"locals": {"x": "${` + thrice(1000, "1") + `}"}}`}, code: cli.Failure, want: []string{tooMuch, "a.hcl.json line 1"}},
		local("H13 a width of a thousand million", `format("%0999999999d", 1)`, "at most four digits"),
		local("H13 ten thousand widths", `format("`+strings.Repeat("%9999d", 2000)+`", 1)`, "longer than 10 MiB"),
		heavy(local("H13 a million joined", `join(",", concat([for i in range(1000) : range(1000)]...))`, tooMuch)),
		local("H13 a long separator", `join(file("main.hcl"), [for i in range(1000) : "`+strings.Repeat("x", 20_000)+`"])`, "longer than 10 MiB"),
		heavy(local("H13 a sum of texts", `replace(local.y, "a", local.y)`+"\n  y = join(\"\", [for i in range(1000) : join(\"\", [for j in range(100) : \"a\"])])", "longer than 10 MiB")),
		local("H13 an endless number", `"${jsondecode("1e999999999")}"`, "beyond 1e999"),
		local("H13 a number that grows", strings.Repeat("(", 50)+"1e900"+strings.Repeat(" * 1e900)", 50), "Value too large", "1e999"),
		heavy(badInput{name: "H11 three loops in an assertion", args: []string{"test"}, files: map[string]string{
			"main.hcl":         numbered(`"12345678"`),
			"tests/a.test.hcl": "run \"a\" {\n  assert {\n    condition     = length(" + thrice(1000, "1") + ") > 0\n    error_message = \"x\"\n  }\n}\nrun \"b\" {\n}\n",
		}, code: cli.Failure, want: []string{tooMuch, "1 failed, 1 skipped"}}),
		local("H13 try inside of try", strings.Repeat("try(", 95)+"nope"+strings.Repeat(")", 95), "no expression can be evaluated"),
	}
	inFile := func(name, expr string, file func(w *bufio.Writer), want ...string) badInput {
		in := local(name, expr, want...)
		in.make = func(t *testing.T, dir string) { write(t, filepath.Join(dir, "x"), file) }
		return in
	}
	repeated := func(s string, times int) func(*bufio.Writer) {
		return func(w *bufio.Writer) {
			for range times {
				_, _ = w.WriteString(s) // the first error sticks, and is told at the end
			}
		}
	}
	return append(cases,
		inFile("H13 a pattern in a text of 10 MB", `regexall("(a*)*b", file("x"))`, repeated("aaaaaaaaaa", 1_000_000), "too long for this regular expression"),
		inFile("H13 a pattern of millions of states", `regexall("((a{100}){100}){33}", file("x"))`, repeated("aaaaaaaaaa", 1000), "invalid repeat count"),
		inFile("H13 a million digits", `tonumber(file("x"))`, repeated("7", 1_000_000), "1000 digits"),
		inFile("H13 YAML aliases of aliases", `yamldecode(file("x"))`, yamlBomb, "Value too large"),
		inFile("H13 YAML maps that are merged", `yamldecode(file("x"))`, mergeBomb, "merges too much"),
		inFile("H13 three million empty objects in JSON", `jsondecode(file("x"))`, func(w *bufio.Writer) { repeated("[{},{}],", 1)(w); repeated("[{}],", 1_500_000)(w) }, "more than 160 MiB"),
		inFile("H13 five million rows for csvdecode", `csvdecode(file("x"))`, repeated("a\n", 5_000_000), "more than 160 MiB"),
		inFile("H13 a million numbers in JSON", `jsondecode(file("x"))`, func(w *bufio.Writer) { repeated("[1", 1)(w); repeated(",1", 1_000_000)(w); repeated("]", 1)(w) }, "more than 160 MiB"),
	)
}

// doublings writes values each of which is made of the one before.
func doublings(times int, format string) string {
	var b strings.Builder
	for i := range times {
		fmt.Fprintf(&b, format, i+1, i)
	}
	return b.String()
}

func yamlBomb(w *bufio.Writer) {
	fmt.Fprintln(w, "a0: &a0 [x]")
	for i := range 40 {
		fmt.Fprintf(w, "a%d: &a%[1]d [*a%d, *a%[2]d, *a%[2]d, *a%[2]d, *a%[2]d, *a%[2]d, *a%[2]d, *a%[2]d]\n", i+1, i)
	}
}

func mergeBomb(w *bufio.Writer) {
	fmt.Fprint(w, "a: &a {")
	for i := range 20_000 {
		fmt.Fprintf(w, "k%d: 1, ", i)
	}
	fmt.Fprintln(w, "}\nb:")
	for range 5_000 {
		fmt.Fprintln(w, "- <<: *a")
	}
}

// write makes a file that is never in memory whole: what this process has counts
// as the program's too.
func write(t *testing.T, path string, content func(w *bufio.Writer)) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	content(w)
	if err := errors.Join(w.Flush(), f.Close()); err != nil {
		t.Fatal(err)
	}
}

// oddValues are values of the wrong size, and many of them.
func oddValues() []badInput {
	long := func(name, number, want string) badInput {
		return inMain("H21 a number of "+name+" characters", numbered(`"`+number+`"`), cli.Failure, "Invalid tracking number", want, "main.hcl line 3")
	}
	many := badInput{name: "H29 for_each over 100,001 elements", heavy: true, code: cli.Failure, want: []string{"Invalid for_each argument", "at most 100000", "main.hcl line 2"}, files: map[string]string{
		"main.hcl": "tracking \"a\" {\n  for_each        = csv\n  carrier_code    = \"dhl\"\n  tracking_number = each.key\n}\n",
	}}
	many.files["main.hcl"] = strings.Replace(many.files["main.hcl"], "csv", "toset([for o in csvdecode(file(\"x\")) : o.n])", 1)
	many.make = func(t *testing.T, dir string) { numbers(t, filepath.Join(dir, "x"), "n", 100_001) }
	return []badInput{
		long("65", strings.Repeat("7", 65), "5 to 64 characters"),
		long("10,000", strings.Repeat("7", 10_000), "5 to 64 characters"),
		inMain("H22 a carrier that is mistyped", strings.Replace(numbered(`"12345678"`), "dhl", "dhl express!", 1), cli.Failure, "Invalid carrier code", "main.hcl line 2"),
		inMain("H26 an e-mail address of 10 kB", strings.Replace(numbered(`"12345678"`), "\n}", "\n  customer_email = \""+strings.Repeat("x", 10_000)+"@example.org\"\n}", 1), cli.Failure, "main.hcl line 4"),
		many,
		heavy(inMain("H30 100,000 arguments in one file", "locals {\n"+doublings(100_000, "  a%d = %d\n")+"}\n", cli.OK, "it declares 0 trackings")),
		inMain("H30 a million unknown blocks", strings.Repeat("x {}\n", 1_000_000), cli.Failure, "Configuration too large", "main.hcl line"),
		inMain("H30 a hundred thousand unknown blocks", strings.Repeat("x {}\n", 100_000), cli.Failure, "Unsupported block type", "main.hcl line 1", "errors or warnings. The first 200 are shown"),
		inMain("H30 a name of 5 MB", strings.Repeat("x", 5_000_000)+" = 1\n", cli.Failure, "Name too long", "main.hcl line 1"),
		heavy(inMain("H30 a line of 5 MB", "locals {\n  x = \""+strings.Repeat("y", 5_000_000)+"\" + nope(1)\n}\n", cli.Failure, "Call to unknown function", "main.hcl line 2", "nope(1)")),
		inMain("H30 values of 8 MB", "locals {\n  x = ["+strings.Repeat("1,", 4_000_000)+"]\n}\n", cli.Failure, "Block too large", "main.hcl line 1"),
		{name: "H30 100,000 orders, as people have them", heavy: true, files: map[string]string{"main.hcl": manyOrders}, make: func(t *testing.T, dir string) { numbers(t, filepath.Join(dir, "a.csv"), "number", 100_000) }, want: []string{"it declares 100,000 trackings"}},
		{name: "H30 200,000 trackings", heavy: true, files: map[string]string{"main.hcl": oneTable}, make: func(t *testing.T, dir string) { numbers(t, filepath.Join(dir, "a.csv"), "number", 200_000) }, want: []string{"it declares 200,000 trackings"}},
		{name: "H30 values of 40 MB in JSON", heavy: true, make: func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "a.hcl.json"), func(w *bufio.Writer) {
				fmt.Fprint(w, `{"locals": {"x": [1`)
				for range 20_000_000 {
					_, _ = w.WriteString(",1") // the first error sticks, and is told at the end
				}
				fmt.Fprint(w, "]}}")
			})
		}, code: cli.Failure, want: []string{"JSON file too large", "a.hcl.json line 1"}},
	}
}

// manyOrders goes through many orders in the ways in which people do. In package
// cty some of them take time that grows with the square of the orders.
const manyOrders = `
locals {
  orders = csvdecode(file("a.csv"))
  wanted = true ? [for o in local.orders : o.number if o.number != ""] : []
  all    = toset(local.wanted)
  text   = join(",", local.wanted)
  places = true ? { for i, n in local.wanted : n => i } : {}
}

tracking "a" {
  for_each        = local.all
  carrier_code    = "dhl"
  tracking_number = each.key
  title           = "Order ${local.places[each.key]}, ${upper(each.key)}, ${lookup(local.places, each.key, 0)}"
}
`

// numbers makes a CSV file of one column of tracking numbers.
func numbers(t *testing.T, path, header string, rows int) {
	t.Helper()
	write(t, path, func(w *bufio.Writer) {
		fmt.Fprintln(w, header)
		for i := range rows {
			fmt.Fprintf(w, "RB%09dCN\n", i)
		}
	})
}

// oddFiles are files that are none, or elsewhere.
func oddFiles() []badInput {
	reading := map[string]string{"main.hcl": "locals {\n  x = file(\"x\")\n}\n"}
	table := map[string]string{"main.hcl": oneTable}
	made := func(name string, files map[string]string, file string, make func(path string) error, want ...string) badInput {
		return badInput{name: name, files: files, code: cli.Failure, want: want, make: func(t *testing.T, dir string) {
			if err := make(filepath.Join(dir, file)); err != nil {
				t.Fatal(err)
			}
		}}
	}
	link := func(to string) func(string) error { return func(path string) error { return os.Symlink(to, path) } }
	pipe := func(path string) error { return syscall.Mkfifo(path, 0o600) }
	directory := func(path string) error { return os.Mkdir(path, 0o700) }
	const inside, regular = "only inside the configuration's directory", "not a regular file"
	cases := []badInput{
		made("P33 a link out of the directory", reading, "x", link("/etc/passwd"), inside, "main.hcl line 2"),
		made("P33 a CSV file that is a link out of the directory", table, "a.csv", link("/etc/passwd"), inside, "main.hcl line 2"),
		made("P33 a configuration file that is a link out of the directory", table, "b.hcl", link("/etc/passwd"), inside, "b.hcl"),
		made("P33 a directory that is a link out of the directory", map[string]string{"main.hcl": "locals {\n  x = file(\"x/passwd\")\n}\n"}, "x", link("/etc"), inside, "main.hcl line 2"),
		made("P35 a device", table, "a.csv", link("/dev/zero"), inside, "main.hcl line 2"),
		made("P35 a pipe", table, "a.csv", pipe, regular, "main.hcl line 2"),
		made("P35 a pipe for a configuration file", table, "b.hcl", pipe, regular, "b.hcl"),
		made("P35 a pipe for a variable file", table, "b.auto.tmvars", pipe, regular, "b.auto.tmvars"),
		made("P35 a pipe for file()", reading, "x", pipe, regular, "main.hcl line 2"),
		made("P35 a socket", table, "a.csv", socket, regular, "main.hcl line 2"),
		made("P35 a directory", table, "a.csv", directory, regular, "main.hcl line 2"),
		made("P36 a file of 11 MB", reading, "x", sparse(11<<20), "larger than 10 MiB", "main.hcl line 2"),
		made("P36 a file of 1 TB", reading, "x", sparse(1<<40), "larger than 10 MiB", "main.hcl line 2"),
		made("P36 a CSV file of 1 TB", table, "a.csv", sparse(1<<40), "File too large", "256 MiB", "a.csv line 1"),
		made("P36 a configuration file of 1 TB", table, "b.hcl", sparse(1<<40), "larger than 64 MiB", "b.hcl"),
		made("P38 a file that vanishes", table, "b.hcl", link("nothing"), "there is no such file", "b.hcl"),
		{name: "P38 a file that nobody may read", files: table, code: cli.Failure, want: []string{"ermission denied", "b.hcl"}, make: unreadable},
		made("P39 a name with a line end, an escape sequence and a command", nil, "a\n\x1b[31m::error::b.hcl", func(path string) error {
			return os.WriteFile(path, []byte("x = \n"), 0o600)
		}, `a\u000a\u001b[31m`, "line 1"),
		{name: "P34 a link that is swapped while it is read", files: map[string]string{
			"main.hcl": fmt.Sprintf("locals {\n  x = [for i in range(%d) : [for j in range(20) : try(regex(\"root:\", file(\"x\")), \"\")]]\n}\nnonsense {\n}\nlocals {\n  y = tobool(join(\"\", flatten(local.x)))\n}\n", exhaustive.Or(1000, 200)),
			"good":     "12345678\n",
		}, code: cli.Failure, want: []string{"Unsupported block type"}, not: []string{"root:"}, while: swapping},
	}
	return append(cases, badInput{
		name: "P36 a glob over links that lead in circles", code: cli.Failure, want: []string{"matches more than 2000 files or directories", "main.hcl line 2"},
		files: map[string]string{"main.hcl": strings.Replace(oneTable, "a.csv", strings.Repeat("*/", 12)+"*.csv", 1)},
		make: func(t *testing.T, dir string) {
			for n := range 10 {
				if err := os.Symlink(".", filepath.Join(dir, fmt.Sprint("l", n))); err != nil {
					t.Fatal(err)
				}
			}
		},
	})
}

func socket(path string) error {
	l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path, Net: "unix"})
	if err != nil {
		return err
	}
	l.SetUnlinkOnClose(false)
	return l.Close()
}

func sparse(size int64) func(path string) error {
	return func(path string) error {
		return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, size))
	}
}

// unreadable makes a file that its owner may not read.
func unreadable(t *testing.T, dir string) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	if err := os.WriteFile(filepath.Join(dir, "b.hcl"), []byte("x = 1\n"), 0); err != nil {
		t.Fatal(err)
	}
}

// swapping makes a link lead into the directory and out of it, by turns.
func swapping(t *testing.T, dir string) (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for i := 0; ; i++ {
			select {
			case <-done:
				return
			default:
			}
			target := []string{"good", "/etc/passwd"}[i%2]
			next := filepath.Join(dir, ".next")
			if err := errors.Join(os.Symlink(target, next), os.Rename(next, filepath.Join(dir, "x"))); err != nil {
				t.Error(err)
				return
			}
		}
	})
	return func() {
		close(done)
		wg.Wait()
		_ = os.Remove(filepath.Join(dir, "x")) // it was not there before
	}
}

// oddTables are CSV files.
func oddTables() []badInput {
	table := func(name, text string, code cli.ExitCode, want ...string) badInput {
		return badInput{name: name, files: map[string]string{"main.hcl": oneTable, "a.csv": text}, code: code, want: want}
	}
	large := func(name string, content func(w *bufio.Writer), code cli.ExitCode, want ...string) badInput {
		return badInput{name: name, files: map[string]string{"main.hcl": oneTable}, code: code, want: want, make: func(t *testing.T, dir string) {
			write(t, filepath.Join(dir, "a.csv"), content)
		}}
	}
	return []badInput{
		large("C44 a quote that is not closed, 10 MB before the end", func(w *bufio.Writer) {
			fmt.Fprint(w, "number\n12345678\n\"2")
			for range 1_000_000 {
				fmt.Fprint(w, "2345678\n22")
			}
		}, cli.Failure, "CSV field too long", "closing quote may be missing", "a.csv line 3"),
		table("C44 a quote that is not closed", "number\n\"12345678\n22345678\n", cli.Failure, "Unclosed CSV quote", "a.csv line 2"),
		table("C47 10,000 columns", "number"+strings.Repeat(",x", 9_999)+"\n", cli.Failure, "Too many CSV columns", "1000 columns", "a.csv line 1"),
		table("C47 a column name of 10 kB", "number,"+strings.Repeat("x", 10_000)+"\n", cli.Failure, "Column name too long", "a.csv line 1"),
		large("C47 a cell of 10 MB", func(w *bufio.Writer) {
			fmt.Fprintln(w, "number")
			for range 1_000_000 {
				fmt.Fprint(w, "0123456789")
			}
		}, cli.Failure, "CSV row too long", "4 MiB", "a.csv line 2"),
		table("C47 a cell of 2 MB", "number\n"+strings.Repeat("7", 2<<20)+"\n", cli.Failure, "CSV field too long", "1 MiB", "a.csv line 2"),
		table("C50 a zero byte in a cell", "number\n1234\x005678\n", cli.Failure, "Byte 11 of the file is zero", "a.csv line 2"),
		table("C50 an escape sequence in a cell", "number\n1234\x1b[31m5678\n", cli.Failure, "Invalid tracking number", "U+001B", "a.csv line 2"),
		table("C51 CP1252", "number,name\n12345678,M\xfcller\n", cli.Failure, "CSV file is not UTF-8", "Byte 22", "a.csv line 2"),
		table("C51 GBK", "number,name\n12345678,\xc0\xee\xcd\xf5\n", cli.Failure, "CSV file is not UTF-8", "Byte 21", "a.csv line 2"),
		large("C43 a million ragged rows", func(w *bufio.Writer) {
			fmt.Fprintln(w, "number")
			for range 1_000_000 {
				fmt.Fprintln(w, "1,2")
			}
		}, cli.Failure, "Too many fields", "a.csv line 2", "Rows with this mistake: 10,000, the first at a.csv:2, 3", "was not looked at"),
		{name: "C52 200,001 rows", heavy: true, files: map[string]string{"main.hcl": oneTable}, want: []string{"it declares 200,001 trackings"}, make: func(t *testing.T, dir string) { numbers(t, filepath.Join(dir, "a.csv"), "number", 200_001) }},
		{name: "C52 more bytes than a CSV file may have", files: map[string]string{"main.hcl": oneTable}, code: cli.Failure, want: []string{"File too large", "256 MiB"}, make: func(t *testing.T, dir string) {
			if err := sparse(256<<20 + 1)(filepath.Join(dir, "a.csv")); err != nil {
				t.Fatal(err)
			}
		}},
	}
}

// TestEmptyOverState empties the configuration that a state came from: case 1 of
// the bad inputs. Nothing is deleted.
func TestEmptyOverState(t *testing.T) {
	t.Parallel()
	far, dir := newCounted(t), t.TempDir()
	const provider = "provider \"trackingmore\" {\n  requests_per_second = 0\n}\n"
	put(t, dir, "main.hcl", []byte(provider+numbered(`"12345678"`)))
	for _, step := range []struct {
		code cli.ExitCode
		want string
	}{{cli.OK, "1 created"}, {cli.Unsafe, "declares no trackings"}} {
		got := runChild(t, dir, far.url, nil, "apply", "--auto-approve")
		got.check(t, step.want)
		if out := strings.Join(strings.Fields(got.out), " "); got.code != int(step.code) || !strings.Contains(out, step.want) {
			t.Errorf("ended with %d, want %d and %q\n%s", got.code, step.code, step.want, got.out)
		}
		put(t, dir, "main.hcl", []byte(provider))
	}
	if n := len(far.Rows()); n != 1 {
		t.Errorf("the service has %d trackings, want 1", n)
	}
}
