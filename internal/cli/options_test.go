package cli_test

import (
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/cli"
)

// Every flag of plan and apply, in the forms in which Terraform's users type them.
func TestPlanOptions(t *testing.T) {
	for args, want := range map[string]string{
		"":                                  "",
		"-refresh-only --refresh=full":      "refreshOnly=true refresh=full",
		"-refresh=false":                    "refresh=false",
		"--refresh=managed --mode=upsert":   "refresh=managed mode=upsert",
		"-destroy":                          "destroy=true",
		"--allow-deletes=0":                 "allowDeletes=0",
		"--allow-missing 7 -max-requests=9": "allowMissing=7 maxRequests=9",
		"--max-duration=90s":                "maxDuration=90000000000",
		"-var a=1 --var-file=x -var=b=c=d":  "vars=[{a=1 } { x} {b=c=d }]",
		"-input=false":                      "noInput=true",
		"-lock=false --lock-timeout=5m":     "noLock=true lockTimeout=300000000000",
		"--state=s.jsonl":                   "path=s.jsonl",
		"-parallelism=10 --show-sensitive":  "showSensitive=true parallelism=10",
		"-target=tracking.a -target sto/12345 --exclude=sto/* -replace=trackings.o": "targets=[{tracking.a tracking.a false false} {sto/12345  true false}] excludes=[{sto/*  true true}] replace=[{trackings.o trackings.o false false}]",
	} {
		got, err := cli.PlanOptions(strings.Fields(args))
		if err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", args, got, err, want)
		}
	}
	for args, want := range map[string]string{
		"--refresh=maybe":                   "one of",
		"--mode=all":                        "one of",
		"--target=banana":                   "neither an address",
		"--target=tracking.":                "not an address",
		"--replace=sto/1":                   "5 to 64 characters",
		"--allow-deletes=-1":                "a number from 0 on",
		"--max-requests=many":               "a number from 0 on",
		"--max-requests=0":                  "would send nothing",
		"--max-duration=-1s":                "must not be negative",
		"--max-duration=10":                 "missing unit",
		"--refresh-only --destroy":          "exclude each other",
		"--refresh-only --replace=sto/*":    "replaces nothing",
		"--refresh-only --refresh=false":    "needs a refresh",
		"--destroy --replace=tracking.a":    "replaces nothing",
		"--nope":                            "unknown flag",
		"--lock=perhaps":                    "invalid",
		"--refresh=full --parallelism=lots": "invalid",
	} {
		if _, err := cli.PlanOptions(strings.Fields(args)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one with %q", args, err, want)
		}
	}
}
