package cli_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/tmsync/tmsync/internal/cli"
	"github.com/tmsync/tmsync/internal/gear/golden"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/state/shared"
)

// TestScripts runs the scripts in testdata/script. Each is a session of a user:
// tmsync runs in this process, the far end is the sandbox behind real HTTP.
//
// Besides testscript's own commands they have
//
//	tmsync ARG…              a command line; "!" wants it to fail
//	exit N                   the last tmsync ended with N
//	service [trackru] [OPTION=VALUE…]
//	                         serve a sandbox and point TMSYNC_ENDPOINT at it
//	remote put KEY ATTR=VALUE…   make or edit a tracking, as somebody else would
//	remote remove KEY            delete one
//	remote removeall             delete all of them
//	remote many N                make N trackings that are not ours
//	remote fault TEXT            arm a fault; "remote nofaults" disarms all
//	remote credits N
//	remote list                  print what the service has
//	remote requests              print what was asked since the last time
//	store s3 [careless]      serve a store for shared states, and point AWS_ENDPOINT_URL_S3
//	                         at it; a careless one ignores conditions
//	store gitlab [same-serial] [no-locks] [moved]
//	                         serve one with GitLab's rules, and point TF_HTTP_* at it; one
//	                         that has moved redirects to another origin
//	store shut|readonly|open     refuse everything, refuse to write, or refuse nothing
//	store requests               print how often it was asked since the last time
//	holder lock [alive]      somebody else takes the lock of the state in it
//	holder die|unlock        and shows no sign of life any more, or gives it back
//
// The variable TERMINAL gives tmsync a terminal of that width, and ANSWER is
// what is typed there, or comes from a pipe; "|" ends a line in it.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"), UpdateScripts: golden.Update(), RequireUniqueNames: true,
		Setup: func(e *testscript.Env) error {
			e.Values[scriptKey{}] = &script{vars: scriptVars(t, e)}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"tmsync": func(ts *testscript.TestScript, neg bool, args []string) { of(ts).tmsync(ts, neg, args) },
			"exit": func(ts *testscript.TestScript, _ bool, args []string) {
				if got := strconv.Itoa(int(of(ts).code)); len(args) != 1 || got != args[0] {
					ts.Fatalf("tmsync ended with %s, want %v", got, args)
				}
			},
			"service": func(ts *testscript.TestScript, _ bool, args []string) { ts.Check(of(ts).serve(ts, args)) },
			"remote":  func(ts *testscript.TestScript, _ bool, args []string) { ts.Check(of(ts).remote(ts, args)) },
			"store":   func(ts *testscript.TestScript, _ bool, args []string) { ts.Check(serveStore(t, ts, of(ts), args)) },
			"holder":  func(ts *testscript.TestScript, _ bool, args []string) { ts.Check(holdStore(ts, of(ts), args)) },
		},
	})
}

type scriptKey struct{}

// script is what one script has running.
type script struct {
	vars []string // the variables that it sets
	code cli.ExitCode
	srv  *sandbox.Server

	store  *storeServer
	engine func() (shared.Engine, error) // of the state in it
	holder *holder
}

func of(ts *testscript.TestScript) *script { return ts.Value(scriptKey{}).(*script) }

// scriptVars finds the variables that a script sets, since testscript does not
// list its environment.
func scriptVars(t *testing.T, e *testscript.Env) []string {
	t.Helper()
	name := strings.TrimPrefix(filepath.Base(e.WorkDir), "script-")
	text, err := os.ReadFile(filepath.Join("testdata", "script", name+".txtar"))
	if err != nil {
		t.Fatal(err)
	}
	vars := []string{"TMSYNC_ENDPOINT", "TRACKINGMORE_API_KEY", "TRACKRU_API_KEY", "AWS_ENDPOINT_URL_S3", "TF_HTTP_ADDRESS", "TF_HTTP_USERNAME",
		"TF_HTTP_PASSWORD", "TF_HTTP_LOCK_ADDRESS", "TF_HTTP_LOCK_METHOD", "TF_HTTP_UNLOCK_METHOD"}
	for _, m := range regexp.MustCompile(`(?m)^env (\w+)=`).FindAllSubmatch(text, -1) {
		vars = append(vars, string(m[1]))
	}
	return vars
}

func (s *script) tmsync(ts *testscript.TestScript, neg bool, args []string) {
	environ := map[string]string{}
	for _, name := range s.vars {
		if v := ts.Getenv(name); v != "" {
			environ[name] = v
		}
	}
	width, _ := strconv.Atoi(environ["TERMINAL"])
	s.code = run(ts.MkAbs("."), environ, width, ts.Stdout(), ts.Stderr(), args)
	if neg == (s.code == cli.OK) {
		ts.Fatalf("tmsync %s ended with %d", strings.Join(args, " "), s.code)
	}
}

// run is one run of tmsync in this process.
func run(dir string, environ map[string]string, width int, stdout, stderr io.Writer, args []string) cli.ExitCode {
	return cli.Run(context.Background(), cli.Env{
		Stdin: strings.NewReader(strings.ReplaceAll(environ["ANSWER"], "|", "\n") + "\n"), Stdout: stdout, Stderr: stderr,
		StdinTerminal: width > 0, StdoutWidth: width, StderrWidth: 0,
		Environ: environ, Dir: dir, Now: time.Now, Version: "0.1.0", Host: "host", User: "user", PID: os.Getpid(), ReadLag: readLag,
	}, args)
}

func (s *script) serve(ts *testscript.TestScript, args []string) error {
	o, path := sandbox.Options{}, "/v2"
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "trackru":
			path = "/v1"
		case "credits":
			o.Credits, _ = strconv.Atoi(value)
		case "v4": // what the documentation leaves open: v4=QUESTION:ANSWER
			question, answer, _ := strings.Cut(value, ":")
			if o.V4 == nil {
				o.V4 = map[string]string{}
			}
			o.V4[question] = answer
		case "shape":
			o.V2 = map[string]string{"update": value}
		case "key":
			o.Key = value
		case "email":
			o.Identity.Email = value
		case "rewrite":
			for _, kind := range strings.Split(value, ",") {
				r, err := sandbox.ParseRewrite(kind)
				if err != nil {
					return err
				}
				o.Rewrites = append(o.Rewrites, r)
			}
		case "rate":
			o.Rate, _ = strconv.ParseFloat(value, 64)
		case "ahead": // how far the service's clock is before ours
			by, err := time.ParseDuration(value)
			if err != nil {
				return err
			}
			o.Now = func() time.Time { return time.Now().Add(by) }
		default:
			return fmt.Errorf("service has no option %q", arg)
		}
	}
	srv, err := sandbox.New(o)
	if err != nil {
		return err
	}
	s.srv = srv
	web := httptest.NewServer(srv)
	ts.Defer(web.Close)
	ts.Setenv("SERVICE", web.URL) // for the other version's path
	ts.Setenv("TMSYNC_ENDPOINT", web.URL+path)
	ts.Setenv("TRACKINGMORE_API_KEY", "script")
	ts.Setenv("TRACKRU_API_KEY", "script")
	return nil
}

func (s *script) remote(ts *testscript.TestScript, args []string) error {
	switch {
	case args[0] == "put":
		row, _ := s.srv.Row(keyOf(args[1]))
		row.Carrier, row.Number = keyOf(args[1]).Carrier, keyOf(args[1]).Number
		for _, pair := range args[2:] {
			if err := set(&row, pair); err != nil {
				return err
			}
		}
		return s.srv.Put(row)
	case args[0] == "remove":
		return s.srv.Remove(keyOf(args[1]))
	case args[0] == "removeall":
		var err error
		for _, r := range s.srv.Rows() {
			err = errors.Join(err, s.srv.Remove(sandbox.Key{Carrier: r.Carrier, Number: r.Number}))
		}
		return err
	case args[0] == "many":
		n, err := strconv.Atoi(args[1])
		for i := range n {
			err = errors.Join(err, s.srv.Put(sandbox.Row{Carrier: "theirs", Number: fmt.Sprint(900000 + i), Title: "Hands off"}))
		}
		return err
	case args[0] == "fault":
		f, err := sandbox.ParseFault(args[1])
		s.srv.AddFault(f)
		return err
	case args[0] == "nofaults":
		s.srv.ClearFaults()
	case args[0] == "credits":
		n, err := strconv.Atoi(args[1])
		return errors.Join(err, s.srv.SetCredits(n))
	case args[0] == "list":
		s.list(ts.Stdout())
	case args[0] == "requests":
		var out []string
		for name, n := range s.srv.Requests() {
			out = append(out, fmt.Sprintf("%d %s", n, name))
		}
		slices.Sort(out)
		fmt.Fprintln(ts.Stdout(), strings.Join(out, ", "))
		s.srv.ResetRequests()
	default:
		return fmt.Errorf("remote has no %q", args[0])
	}
	return nil
}

func keyOf(s string) sandbox.Key {
	carrier, number, _ := strings.Cut(s, "/")
	return sandbox.Key{Carrier: carrier, Number: number}
}

func set(row *sandbox.Row, pair string) error {
	name, value, _ := strings.Cut(pair, "=")
	switch name {
	case "title":
		row.Title = value
	case "order_id":
		row.OrderID = value
	case "comment":
		row.Comment = value
	case "status":
		row.Status, row.EventAt = value, time.Now()
	case "ago": // how long ago the status came about
		ago, err := time.ParseDuration(value)
		if err != nil {
			return err
		}
		row.EventAt = time.Now().Add(-ago)
	case "customer_email":
		row.CustomerEmail = value
	case "archived":
		row.Archived = value == "true"
	default:
		return fmt.Errorf("put has no %q", name)
	}
	return nil
}

// list prints what the service has, leaving out what "remote many" made.
func (s *script) list(w io.Writer) {
	rows := s.srv.Rows()
	slices.SortFunc(rows, func(a, b sandbox.Row) int {
		return cmp.Or(cmp.Compare(a.Carrier, b.Carrier), cmp.Compare(a.Number, b.Number))
	})
	theirs := 0
	for _, r := range rows {
		if r.Carrier == "theirs" && r.Title == "Hands off" && !r.Archived {
			theirs++
			continue
		}
		var b bytes.Buffer
		for _, f := range []struct{ name, value string }{
			{"title", r.Title}, {"order_id", r.OrderID}, {"customer_name", r.CustomerName}, {"customer_phone", r.CustomerPhone},
			{"logistics_channel", r.LogisticsChannel}, {"destination_code", r.DestinationCode}, {"comment", r.Comment},
		} {
			if f.value != "" {
				fmt.Fprintf(&b, " %s=%q", f.name, f.value)
			}
		}
		if r.Archived {
			b.WriteString(" archived")
		}
		if r.Stopped {
			b.WriteString(" stopped")
		}
		fmt.Fprintf(w, "%s/%s %s%s\n", r.Carrier, r.Number, r.Status, b.String())
	}
	if theirs > 0 {
		fmt.Fprintf(w, "and %d of theirs\n", theirs)
	}
}
