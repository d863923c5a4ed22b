package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// subject is one thing that is measured.
type subject struct {
	command string
	data    dataset // "" for none
	n       int     // how many trackings
}

// The commands that are measured.
const (
	versionCommand  = "version"
	validateCommand = "validate"
	planCommand     = "plan --refresh=false"
	refreshCommand  = "plan"
	createCommand   = "apply"
	resumedCommand  = "apply, interrupted"
	peerCommand     = "terraform plan"
)

var applyArgs = []string{"apply", "--auto-approve", "--summary"}

// sheet is all that was measured.
type sheet map[subject][]usage

// unpaced measures without any limit of the rate, and holds the medians against
// the goals.
func (s *site) unpaced(ctx context.Context, o options) ([]line, error) {
	sizes := []int{o.n}
	if o.tenfold {
		sizes = append(sizes, 10*o.n)
	}
	var places []*place
	for _, n := range sizes {
		p, err := s.prepare(ctx, n, n == o.n && n <= maxPeer)
		if err != nil {
			return nil, err
		}
		defer p.service.stop()
		places = append(places, p)
	}
	all := sheet{}
	for round := range o.runs {
		fmt.Fprintf(s.log, "round %d of %d\n", round+1, o.runs)
		if err := s.round(ctx, places, all); err != nil {
			return nil, err
		}
	}
	medians := map[subject]usage{}
	for sub, taken := range all {
		medians[sub] = median(taken)
	}
	return judge(medians, sizes), nil
}

// maxPeer is for how many trackings Terraform is measured: it takes some 125 kB of
// memory for each.
const maxPeer = 20_000

// place is where so many trackings are measured: directories by what is in them, and
// a service that has them all.
type place struct {
	n           int
	directories map[dataset]string
	service     *service
}

// prepare creates the data, a service that has it, and the states. The first apply
// creates the trackings, the others find and adopt them.
func (s *site) prepare(ctx context.Context, n int, peer bool) (*place, error) {
	fmt.Fprintf(s.log, "making %d trackings\n", n)
	p := &place{n: n, directories: map[dataset]string{}}
	var err error
	if p.service, err = startService(ctx, s.tmsync, 0, unlimited); err != nil {
		return nil, err
	}
	for _, d := range []dataset{fresh, rows, blocks, oneFile, terraform} {
		if !d.fits(n) || d == terraform && (!peer || s.terraform == "") {
			continue
		}
		p.directories[d] = filepath.Join(s.dir, fmt.Sprint(d, n))
		if err = d.write(p.directories[d], n, false); err != nil {
			break
		}
		switch d {
		case fresh:
		case terraform:
			_, _, err = run(ctx, p.directories[d], terraformEnv, s.terraform, "init", "-input=false")
		default:
			_, _, err = run(ctx, p.directories[d], p.service.env(), s.tmsync, applyArgs...)
		}
		if err != nil {
			break
		}
	}
	if err != nil {
		return nil, errors.Join(err, p.service.stop())
	}
	return p, nil
}

// unlimited is more credits than are ever used.
const unlimited = 100 * maxTrackings

// terraformEnv switches Terraform's check for newer versions off.
var terraformEnv = []string{"CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1"}

// round measures everything once.
func (s *site) round(ctx context.Context, places []*place, all sheet) error {
	quickstart := filepath.Join(s.root, "examples", "quickstart")
	for _, command := range []string{versionCommand, validateCommand} {
		u, _, err := run(ctx, quickstart, nil, s.tmsync, command)
		if err != nil {
			return err
		}
		all.take(subject{command: command}, u)
	}
	for _, p := range places {
		for _, d := range []dataset{blocks, oneFile, rows} {
			if p.directories[d] == "" {
				continue
			}
			for _, command := range []string{planCommand, refreshCommand} {
				args := append(strings.Fields(command), "--detailed-exitcode") // which fails when there are changes
				u, _, err := run(ctx, p.directories[d], p.service.env(), s.tmsync, args...)
				if err != nil {
					return err
				}
				all.take(subject{command, d, p.n}, u)
			}
		}
		if dir := p.directories[terraform]; dir != "" {
			u, _, err := run(ctx, dir, terraformEnv, s.terraform, "plan", "-input=false", "-detailed-exitcode")
			if err != nil {
				return err
			}
			all.take(subject{peerCommand, terraform, p.n}, u)
		}
		u, err := s.create(ctx, p, 0)
		if err != nil {
			return err
		}
		all.take(subject{createCommand, fresh, p.n}, u)
	}
	last := places[len(places)-1]
	if last.n < minInterrupted {
		return nil
	}
	u, err := s.create(ctx, last, interruptions)
	if err != nil {
		return err
	}
	all.take(subject{resumedCommand, fresh, last.n}, u)
	return nil
}

func (m sheet) take(sub subject, u usage) { m[sub] = append(m[sub], u) }
