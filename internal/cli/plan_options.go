package cli

import (
	"cmp"
	"time"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/tracking"
)

// planOptions are the flags of plan, apply and destroy.
type planOptions struct {
	app.OpenOptions
	app.ReportOptions
	app.PlanningOptions
	maxRequests   *int // nil: not given
	maxDuration   time.Duration
	showSensitive bool
	parallelism   int
	detailed      bool   // plan: exit 2 when there are changes
	out           string // plan: the file to save it to
	autoApprove   bool   // apply, destroy
	given         bool   // a flag was given that decides what is planned, or permits it
}

func (o *planOptions) flags(fs *pflag.FlagSet) {
	o.ConfigOptions.Flags(fs)
	o.StateOptions.LockFlags(fs)
	o.ReportOptions.Flags(fs)
	app.PaidFlag(fs, &o.PaidData)
	o.RefreshFlag(fs, engine.RefreshAuto, engine.RefreshChanged, engine.RefreshFull, engine.RefreshManaged, engine.RefreshNone)
	fs.VarPF(app.OneOf(&o.Mode, tracking.Modes()...), "mode", "",
		"what may be done, instead of what the safety block says: `MODE` is sync, upsert (never delete) or create (never change)")
	fs.BoolVar(&o.RefreshOnly, "refresh-only", false, "update the state from the service; send nothing")
	o.SelectFlags(fs)
	fs.Var(app.PatternsIn(&o.Replace), "replace", "delete and create again this `ADDRESS` or key, whether it differs or not (repeatable)")
	fs.VarPF(app.CountIn(&o.AllowDeletes), "allow-deletes", "", "allow up to `N` deletes, whatever the safety block says")
	fs.VarPF(app.CountIn(&o.AllowMissing), "allow-missing", "", "accept that up to `N` managed trackings have vanished, or that the account is another one")
	fs.VarPF(app.CountIn(&o.AllowCredits), "allow-credits", "", "allow a cost of up to `N` credits, whatever the safety block says")
	fs.VarPF(app.CountIn(&o.maxRequests), "max-requests", "", "send at most `N` requests; the next apply does the rest")
	fs.DurationVar(&o.maxDuration, "max-duration", 0, "start no request after this `DURATION`, such as 10m; the next apply does the rest")
	fs.BoolVar(&o.showSensitive, "show-sensitive", false, "show customers' data in clear, on a terminal only")
	fs.IntVar(&o.parallelism, "parallelism", 0, "accepted for compatibility; has no effect")
}

// refreshAs decides what is read where no flag says it. The configuration speaks for
// plans of changes alone: what looks for drift, or removes everything, reads everything.
func (o *planOptions) refreshAs(cfg *config.Config) {
	if o.Refresh == "" && !o.RefreshOnly && !o.Destroy {
		o.Refresh = cfg.Refresh
	}
	o.Refresh = cmp.Or(o.Refresh, engine.RefreshAuto)
}

// check finds flags that do not go together.
func (o *planOptions) check() error {
	return cmp.Or(
		o.PlanningOptions.Check(),
		app.Conflict(o.maxRequests != nil && *o.maxRequests == 0, "--max-requests=0 would send nothing; for that, use \"tmsync plan\""),
		app.Conflict(o.maxDuration < 0, "--max-duration must not be negative"),
	)
}
