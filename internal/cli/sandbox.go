package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/text"
)

func sandboxCommand() app.Command {
	openV2, openV4 := sandbox.OpenQuestions()
	return app.Command{
		Name: "sandbox", Summary: "Serve an emulator of both services on this machine",
		Examples: `
# on a free port, and failing now and then
tmsync sandbox --listen 127.0.0.1:0 --fault batch:2:drop-applied
# v4 at its documented rates, where "" leaves a value alone
tmsync sandbox --v4 rate=10,create-rate=3 --v4 clear=kept`,
		Help: `
Serves TrackingMore v2 under /v2, v4 under /v4 and Trackru v1 under /v1, all of
one account, until it is interrupted. Any API key is accepted unless --key names
one. Point a configuration at it with endpoint = "http://ADDRESS/v2", or with
TMSYNC_ENDPOINT.

To look inside and to play the other side, without a key:
  GET /_sandbox/requests        how often each endpoint was called
  GET /_sandbox/trackings       what it holds
  POST /_sandbox/trackings      create or edit trackings, as somebody else would
  POST /_sandbox/faults         make it fail, one fault a line

A fault is ENDPOINT[:NTH]:KIND. NTH is 3 for the third request from now on, 3+
for that and all later ones, * for all; without NTH it is the first, and of item
every one. ENDPOINT is * for all, or one of
  ` + strings.Join(text.Wrap(strings.Join(sandbox.Endpoints(), " "), 76, 76), "\n  ") + `
KIND is one of
  ` + strings.Join(sandbox.FaultKinds(), "\n  ") + `
Behind a KIND, before its "=", -applied means that all was done that was asked
for, and -half the first half of the items; else nothing was.

What no source settles can be set, in case the service does it otherwise; the
first answer holds unless another is given. With --v2:
  ` + strings.Join(openV2, "\n  ") + `
With --v4:
  ` + strings.Join(openV4, "\n  "),
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var listen, data, key, latency string
			var faults, rewrites []string
			var v2, v4 map[string]string
			var rate float64
			var credits int
			fs.StringVar(&listen, "listen", "127.0.0.1:8080", "the loopback `ADDRESS` to serve on; port 0 picks a free one")
			fs.StringVar(&data, "data", "", "keep the trackings in this `FILE`; otherwise they are lost at the end")
			fs.StringVar(&key, "key", "", "accept only this API `KEY`")
			fs.Float64Var(&rate, "rate", 0, "answer 429 above `N` requests a second; 0 is no limit")
			fs.IntVar(&credits, "credits", engine.SandboxCredits, "let `N` trackings be created")
			fs.StringVar(&latency, "latency", "", "let an answer take this `DURATION`, or one of a range such as 200ms-1s")
			fs.StringArrayVar(&faults, "fault", nil, "make it fail: `ENDPOINT:NTH:KIND`, for example batch:2:drop-applied (repeatable)")
			fs.StringArrayVar(&rewrites, "rewrite", nil, "keep values in another form, as a service may: `KIND` is cut=50, escape, lower, bmp, tags, trim, date, archived, status or echo (repeatable)")
			fs.StringToStringVar(&v2, "v2", nil, "answer what is open in v2 and v1, with `QUESTION=ANSWER` (repeatable)")
			fs.StringToStringVar(&v4, "v4", nil, "answer what is open in v4, with `QUESTION=ANSWER` (repeatable)")
			for _, name := range []string{"v2", "v4"} {
				fs.Lookup(name).DefValue = "" // an empty map is no default to speak of
			}
			return func(ctx context.Context, _ []string) error {
				o := sandbox.Options{Path: data, Key: key, Rate: rate, Credits: credits, V2: v2, V4: v4, Now: a.Now}
				if credits == 0 {
					o.Credits = -1 // none; 0 is the sandbox's own default
				}
				if latency != "" {
					l, err := sandbox.ParseLatency(latency)
					if err != nil {
						return app.Fail("Invalid --latency", text.Sentence(err))
					}
					o.Latency = l
				}
				for _, f := range faults {
					fault, err := sandbox.ParseFault(f)
					if err != nil {
						return app.Fail("Invalid --fault", text.Sentence(err))
					}
					o.Faults = append(o.Faults, fault)
				}
				for _, s := range rewrites {
					r, err := sandbox.ParseRewrite(s)
					if err != nil {
						return app.Fail("Invalid --rewrite", text.Sentence(err))
					}
					o.Rewrites = append(o.Rewrites, r)
				}
				return runSandbox(ctx, a, listen, o)
			}
		},
	}
}

func runSandbox(ctx context.Context, a *app.App, listen string, o sandbox.Options) error {
	if o.Path != "" {
		o.Path = a.InDir(o.Path)
	}
	srv, err := sandbox.New(o)
	if err != nil {
		return app.Fail("The sandbox could not be started", text.Sentence(err))
	}
	defer srv.Close()
	ln, err := sandbox.Listen(listen)
	if err != nil {
		return app.Fail("The sandbox could not be started", text.Sentence(err))
	}
	fmt.Fprintf(a.Stdout, "The sandbox serves TrackingMore at http://%[1]s/v2 and http://%[1]s/v4, and Trackru at http://%[1]s/v1.\nPress Ctrl-C to end it.\n", ln.Addr())
	if err := srv.Serve(ctx, ln); err != nil {
		return app.Fail("The sandbox ended", text.Sentence(err))
	}
	return nil
}
