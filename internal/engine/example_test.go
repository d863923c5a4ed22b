package engine_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/apply"
	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/plan"
	"github.com/tmsync/tmsync/state/local"
)

// A configuration is loaded, its state and its service are opened, what differs is
// planned, and the plan is carried out. The next plan is empty.
func Example() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "engine")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(twoParcels), 0o600); err != nil {
		panic(err)
	}
	service, err := sandbox.New(sandbox.Options{Credits: 1000})
	if err != nil {
		panic(err)
	}

	cfg, diags, err := engine.Load(dir, config.Options{})
	if err != nil || diags.HasErrors() {
		panic(fmt.Sprint(diags, err))
	}
	e, err := engine.Open(ctx, cfg, local.New(dir, config.DefaultStatePath), engine.Options{
		Dir: dir, Version: "0.1.0", Now: time.Now, At: time.Now(), Transport: service.Transport(),
		State:  engine.StateOptions{Who: "user", Host: "host", PID: os.Getpid()},
		Notice: func(diags hcl.Diagnostics, _ map[string]*hcl.File) { fmt.Println(diags) },
	}, engine.Writing)
	if err != nil {
		panic(err)
	}
	defer e.Close() // the process ends anyway

	p, err := e.Plan(ctx, engine.PlanOptions{})
	if err != nil {
		panic(err)
	}
	fmt.Println("to create:", p.Count(plan.Create), "in requests:", p.Cost.Estimate.Total)
	if err := p.Stopped(); err != nil {
		panic(err)
	}
	report := e.Apply(ctx, p, engine.ApplyOptions{})
	fmt.Println("done:", report.Count(apply.Done), "complete:", report.Complete())

	p, err = e.Plan(ctx, engine.PlanOptions{})
	if err != nil {
		panic(err)
	}
	fmt.Println("nothing to do:", p.Empty())
	// Output:
	// to create: 2 in requests: 1
	// done: 2 complete: true
	// nothing to do: true
}

const twoParcels = `
provider "trackingmore" {
  endpoint = "sandbox"
}

tracking "lamp" {
  carrier_code    = "dhl"
  tracking_number = "1234567890"
  title           = "Lamp"
}

tracking "chair" {
  carrier_code    = "sto"
  tracking_number = "402934299065"
}
`
