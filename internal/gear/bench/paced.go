package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"
)

// What commands may take where a request a second is allowed: hardly more than the
// waiting, which one request less than there are needs.
const (
	paceSlack = 1.05
	paceStart = 300 * time.Millisecond
)

// paced measures how close to the service's rate the commands of a first apply
// come. The service allows one request a second, and refuses a client that comes
// too early for two minutes.
func (s *site) paced(ctx context.Context, n int) (lines []line, err error) {
	srv, err := startService(ctx, s.tmsync, 1, unlimited)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, srv.stop()) }()
	dir := filepath.Join(s.dir, "paced")
	if err := fresh.write(dir, n, true); err != nil {
		return nil, err
	}
	sum, refused := 0, 0
	for _, args := range [][]string{{"plan"}, {"apply", "--auto-approve", "--summary"}, {"plan"}} {
		fmt.Fprintf(s.log, "tmsync %s\n", args)
		u, log, err := run(ctx, dir, append(srv.env(), "TMSYNC_LOG=debug"), s.tmsync, args...)
		if err != nil {
			return nil, err
		}
		now, err := srv.requests(ctx)
		if err != nil {
			return nil, err
		}
		requests := now - sum
		sum = now
		refused += bytes.Count(log, []byte(" code=429 "))
		lines = append(lines, paceLine(fmt.Sprintf("%s, %s creates; requests: %s", args[0], count(n), count(requests)), u.wall, requests))
		if err := pause(ctx, time.Second+paceStart); err != nil { // the next one may begin at once
			return nil, err
		}
	}
	lines[2].what = strings.Replace(lines[2].what, "creates", "unchanged", 1)
	return append(lines, line{
		what: fmt.Sprintf("answers of 429 to %s requests", count(sum)), goal: "0",
		measured: count(refused), verdict: verdictOf(refused == 0),
	}), nil
}

// paceLine compares the time of a command with the rate.
func paceLine(what string, wall time.Duration, requests int) line {
	waiting := time.Duration(max(requests-1, 0)) * time.Second
	return atMost(what, wall, time.Duration(paceSlack*float64(waiting))+paceStart)
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
