package main

import (
	"fmt"
	"strconv"
	"time"
)

// The goals. Times are of medians, and memory is that of a whole process.
const (
	maxStart       = 20 * time.Millisecond // version, and validate of the quick start
	minTimesBlocks = 30                    // less than terraform plan, in time and in processor time
	minTimesRows   = 100
	maxGrowth      = 12 // of the time, for ten times as many
	maxOwnTime     = 2 * time.Millisecond
	batchSize      = 40
)

// Goals for some numbers of trackings.
var (
	maxCreate = map[int]time.Duration{1_000_000: 5 * time.Minute}
	maxPlan   = map[dataset]map[int]time.Duration{
		blocks:  {100_000: 3500 * time.Millisecond},
		oneFile: {100_000: 3500 * time.Millisecond},
		rows:    {100_000: time.Second, 1_000_000: 10 * time.Second},
	}
	maxRefresh = map[int]time.Duration{100_000: 2500 * time.Millisecond, 1_000_000: 25 * time.Second}
	maxPeak    = map[int]int64{10_000: 60 << 20, 100_000: 250 << 20, 1_000_000: 2000 << 20}
)

// judge compares the measurements with the goals, in the order of sizes.
func judge(got map[subject]usage, sizes []int) []line {
	var lines []line
	for _, command := range []string{versionCommand, validateCommand} {
		u := got[subject{command: command}]
		lines = append(lines, atMost(command+", start to end", u.wall, maxStart))
	}
	for _, n := range sizes {
		for _, d := range []dataset{blocks, oneFile, rows} {
			lines = append(lines, judgeSize(got, d, n)...)
		}
		lines = append(lines, judgeCreate(got, n)...)
	}
	if len(sizes) == 2 {
		lines = append(lines, judgeGrowth(got, sizes[0], sizes[1])...)
	}
	return lines
}

// judgeSize compares the plans of so many trackings with the goals.
func judgeSize(got map[subject]usage, d dataset, n int) []line {
	plan, measured := got[subject{planCommand, d, n}]
	if !measured {
		return nil
	}
	refresh := got[subject{refreshCommand, d, n}]
	what := count(n) + " " + string(d)
	lines := []line{atMost("plan without changes or refresh, "+what, plan.wall, maxPlan[d][n])}
	if peer, found := got[subject{peerCommand, terraform, n}]; found {
		want := minTimesBlocks
		if d == rows {
			want = minTimesRows
		}
		for _, side := range []struct {
			of         string
			ours, peer time.Duration
		}{{"", plan.wall, peer.wall}, {", of the processor", plan.cpu, peer.cpu}} {
			ratio := float64(side.peer) / float64(side.ours)
			lines = append(lines, line{
				what: "the same" + side.of + ", against terraform plan of as many terraform_data", goal: fmt.Sprintf("≥ %d ×", want),
				measured: seconds(side.ours) + " against " + seconds(side.peer), ratio: times(ratio), verdict: verdictOf(ratio >= float64(want)),
			})
		}
		if plan.peak > 0 {
			lines = append(lines, line{
				what: "its memory, against the same", measured: megabytes(plan.peak) + " against " + megabytes(peer.peak),
				ratio: times(float64(peer.peak) / float64(plan.peak)),
			})
		}
	}
	lines = append(lines, atMost("plan with refresh, of the processor, "+what, refresh.cpu, maxRefresh[n]))
	return append(lines, judgePeak(max(plan.peak, refresh.peak), n)...)
}

// judgePeak compares the memory of one or two commands with the goal.
func judgePeak(peak int64, n int) []line {
	if peak == 0 {
		return nil
	}
	l := line{what: "memory at most", measured: megabytes(peak)}
	if want := maxPeak[n]; want > 0 {
		l.goal, l.ratio, l.verdict = "≤ "+megabytes(want), times(float64(peak)/float64(want)), verdictOf(peak <= want)
	}
	return []line{l}
}

// judgeCreate compares an apply that creates everything with the goals. While the
// service works the apply waits, so the rest of the time is its own.
func judgeCreate(got map[subject]usage, n int) []line {
	u := got[subject{createCommand, fresh, n}]
	batches := time.Duration((n + batchSize - 1) / batchSize)
	lines := []line{
		atMost(fmt.Sprintf("own time a batch, apply of %s creates", count(n)), (u.wall-u.server)/batches, maxOwnTime),
		{what: "of the processor, a batch", measured: seconds(u.cpu / batches)},
		atMost("all of it", u.wall, maxCreate[n]),
	}
	lines = append(lines, judgePeak(u.peak, n)...)
	if resumed, found := got[subject{resumedCommand, fresh, n}]; found {
		lines = append(lines, atMost(fmt.Sprintf("the same, interrupted %d times", interruptions), resumed.wall, maxCreate[n]))
	}
	return lines
}

// judgeGrowth compares the times of few and of ten times as many.
func judgeGrowth(got map[subject]usage, few, many int) []line {
	var lines []line
	for _, sub := range []subject{
		{command: planCommand, data: blocks}, {command: planCommand, data: oneFile}, {command: planCommand, data: rows},
		{command: refreshCommand, data: rows}, {command: createCommand, data: fresh},
	} {
		sub.n = few
		less, found1 := got[sub]
		sub.n = many
		more, found2 := got[sub]
		if !found1 || !found2 {
			continue
		}
		growth := float64(more.cpu) / float64(less.cpu)
		lines = append(lines, line{
			what: fmt.Sprintf("%s, %s: processor time of %s, by that of %s", sub.command, sub.data, count(many), count(few)),
			goal: fmt.Sprintf("≤ %d ×", maxGrowth), measured: seconds(more.cpu) + " by " + seconds(less.cpu),
			ratio: times(growth), verdict: verdictOf(growth <= maxGrowth),
		})
	}
	return lines
}

// atMost is the line of a time that has a bound; 0 is none.
func atMost(what string, got, want time.Duration) line {
	l := line{what: what, measured: seconds(got)}
	if want > 0 {
		l.goal, l.ratio, l.verdict = "≤ "+seconds(want), times(float64(got)/float64(want)), verdictOf(got <= want)
	}
	return l
}

// seconds writes a time with three digits, in the unit that suits it.
func seconds(d time.Duration) string {
	if d < time.Second {
		return strconv.FormatFloat(float64(d)/float64(time.Millisecond), 'g', 3, 64) + " ms"
	}
	return strconv.FormatFloat(d.Seconds(), 'f', 2, 64) + " s"
}

func megabytes(n int64) string { return strconv.FormatInt(n>>20, 10) + " MiB" }

func times(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) + " ×" }

// count writes a number with commas between the thousands.
func count(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
