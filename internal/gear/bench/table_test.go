package main

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMedian(t *testing.T) {
	u := func(wall, cpu time.Duration, peak int64) usage { return usage{wall: wall, cpu: cpu, peak: peak} }
	for name, tt := range map[string]struct {
		all  []usage
		want usage
	}{
		"nothing":            {nil, usage{}},
		"one":                {[]usage{u(3, 2, 1)}, u(3, 2, 1)},
		"each by itself":     {[]usage{u(1, 30, 500), u(2, 10, 600), u(900, 20, 400)}, u(2, 20, 500)},
		"the lower of two":   {[]usage{u(9, 1, 1), u(1, 9, 9)}, u(1, 1, 1)},
		"outliers are large": {[]usage{u(1, 1, 1), u(1, 1, 1), u(1, 1, 1), u(1e9, 1e9, 1e9), u(1e9, 1e9, 1e9)}, u(1, 1, 1)},
	} {
		if got := median(tt.all); got != tt.want {
			t.Errorf("%s: got %+v, want %+v", name, got, tt.want)
		}
	}
}

func TestTable(t *testing.T) {
	const want = `| what            | goal     | measured | ratio  | verdict |
|-----------------|----------|----------|--------|---------|
| version         | ≤ 20 ms  | 7 ms     | 0.35 × | met     |
| plan, 10 blocks | ≤ 1.00 s | 2.50 s   | 2.50 × | missed  |
| of no goal      |          | 1.00 s   |        |         |
`
	got := table([]line{
		atMost("version", 7*time.Millisecond, 20*time.Millisecond),
		atMost("plan, 10 blocks", 2500*time.Millisecond, time.Second),
		atMost("of no goal", time.Second, 0),
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestJudge holds the verdicts against the goals, at their bounds.
func TestJudge(t *testing.T) {
	got := map[subject]usage{
		{command: versionCommand}:              {wall: 20 * time.Millisecond},
		{command: validateCommand}:             {wall: 21 * time.Millisecond},
		{planCommand, rows, 10_000}:            {wall: 100 * time.Millisecond, cpu: 100 * time.Millisecond, peak: 60 << 20},
		{refreshCommand, rows, 10_000}:         {cpu: 200 * time.Millisecond, peak: 61 << 20},
		{peerCommand, terraform, 10_000}:       {wall: 10 * time.Second, cpu: 9 * time.Second, peak: 600 << 20},
		{createCommand, fresh, 10_000}:         {wall: time.Second, server: 500 * time.Millisecond, cpu: 250 * time.Millisecond, peak: 60 << 20},
		{planCommand, rows, 100_000}:           {wall: time.Second, cpu: 1200 * time.Millisecond, peak: 250 << 20},
		{refreshCommand, rows, 100_000}:        {cpu: 2501 * time.Millisecond, peak: 250 << 20},
		{createCommand, fresh, 100_000}:        {wall: 6 * time.Second, server: 500 * time.Millisecond, cpu: time.Second, peak: 251 << 20},
		{resumedCommand, fresh, 100_000}:       {wall: 8 * time.Second},
		{planCommand, blocks, 100_000}:         {wall: 3501 * time.Millisecond, peak: 250 << 20},
		{planCommand, "somebody else's", 1000}: {wall: time.Hour},
	}
	var verdicts []string
	for _, l := range judge(got, []int{10_000, 100_000}) {
		verdicts = append(verdicts, strings.TrimSpace(l.what+": "+l.ratio+" "+l.verdict))
	}
	want := []string{
		"version, start to end: 1.00 × met",
		"validate, start to end: 1.05 × missed",
		"plan without changes or refresh, 10,000 CSV rows:",
		"the same, against terraform plan of as many terraform_data: 100.00 × met",
		"the same, of the processor, against terraform plan of as many terraform_data: 90.00 × missed",
		"its memory, against the same: 10.00 ×",
		"plan with refresh, of the processor, 10,000 CSV rows:",
		"memory at most: 1.02 × missed",
		"own time a batch, apply of 10,000 creates: 1.00 × met",
		"of the processor, a batch:",
		"all of it:",
		"memory at most: 1.00 × met",
		"plan without changes or refresh, 100,000 blocks: 1.00 × missed",
		"plan with refresh, of the processor, 100,000 blocks: 0.00 × met",
		"memory at most: 1.00 × met",
		"plan without changes or refresh, 100,000 CSV rows: 1.00 × met",
		"plan with refresh, of the processor, 100,000 CSV rows: 1.00 × missed",
		"memory at most: 1.00 × met",
		"own time a batch, apply of 100,000 creates: 1.10 × missed",
		"of the processor, a batch:",
		"all of it:",
		"memory at most: 1.00 × missed",
		"the same, interrupted 2 times:",
		"plan --refresh=false, CSV rows: processor time of 100,000, by that of 10,000: 12.00 × met",
		"plan, CSV rows: processor time of 100,000, by that of 10,000: 12.51 × missed",
		"apply, CSV rows not created: processor time of 100,000, by that of 10,000: 4.00 × met",
	}
	if diff := cmp.Diff(want, verdicts); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestPace(t *testing.T) {
	for _, tt := range []struct {
		wall     time.Duration
		requests int
		want     string
	}{
		{300 * time.Millisecond, 0, "met"},
		{300 * time.Millisecond, 1, "met"},
		{301 * time.Millisecond, 1, "missed"},
		{1350 * time.Millisecond, 2, "met"},
		{1351 * time.Millisecond, 2, "missed"},
		{262750 * time.Millisecond, 251, "met"},
	} {
		if got := paceLine("", tt.wall, tt.requests); got.verdict != tt.want {
			t.Errorf("%s for %d requests is %q, want %q", tt.wall, tt.requests, got.verdict, tt.want)
		}
	}
}

func TestNumbers(t *testing.T) {
	var got []string
	for _, n := range []int{0, 7, 999, 1000, 12_345, 1_000_000} {
		got = append(got, count(n))
	}
	for _, d := range []time.Duration{0, 1234 * time.Microsecond, 20 * time.Millisecond, 999 * time.Millisecond, time.Second, 90*time.Second + 5*time.Millisecond} {
		got = append(got, seconds(d))
	}
	want := []string{"0", "7", "999", "1,000", "12,345", "1,000,000", "0 ms", "1.23 ms", "20 ms", "999 ms", "1.00 s", "90.00 s"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
