package report_test

import (
	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/internal/tracking"
)

func key(number string) tracking.Key { return tracking.Key{Carrier: "sto", Number: number} }

func declared(line int) *tracking.Declared {
	return &tracking.Declared{Source: tracking.SourceAt("main.hcl", line)}
}

func results(statuses ...apply.Status) []apply.Result {
	var out []apply.Result
	for _, s := range statuses {
		out = append(out, apply.Result{Status: s})
	}
	return out
}
