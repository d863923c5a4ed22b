package engine

import (
	"sync/atomic"

	"github.com/hashicorp/hcl/v2"

	"github.com/tmsync/tmsync/config"
)

// Load reads the configuration of a directory. What is wrong with it is among the
// diagnostics; an error means that reading it was given up.
func Load(dir string, o config.Options) (cfg *config.Config, diags hcl.Diagnostics, err error) {
	progress := &config.Progress{}
	o.Progress = progress
	var asking atomic.Bool // a person takes as long as it pleases
	if ask := o.Ask; ask != nil {
		o.Ask = func(q config.Question) (string, bool) {
			asking.Store(true)
			defer asking.Store(false)
			return ask(q)
		}
	}
	type result struct {
		cfg   *config.Config
		diags hcl.Diagnostics
	}
	r, err := watched(o.Version, progress, &asking, func() result {
		cfg, diags := config.Load(dir, o)
		return result{cfg, diags}
	})
	return r.cfg, r.diags, err
}

// Evaluate runs what evaluates with a configuration that is loaded.
func Evaluate[T any](version string, cfg *config.Config, do func() (T, hcl.Diagnostics)) (T, hcl.Diagnostics, error) {
	type result struct {
		value T
		diags hcl.Diagnostics
	}
	r, err := watched(version, cfg.Progress(), nil, func() result {
		v, diags := do()
		return result{v, diags}
	})
	return r.value, r.diags, err
}
