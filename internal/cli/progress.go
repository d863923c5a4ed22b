package cli

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// bar shows progress on stderr, one line rewritten, on a terminal only.
type bar struct{ bar *progressbar.ProgressBar }

func (a *app) progress(what string, total int) bar {
	if a.StderrWidth == 0 || total == 0 {
		return bar{}
	}
	return bar{progressbar.NewOptions(total,
		progressbar.OptionSetWriter(a.Stderr),
		progressbar.OptionSetDescription(what),
		progressbar.OptionSetWidth(max(10, min(40, a.StderrWidth-50))),
		progressbar.OptionShowCount(),
		progressbar.OptionSetPredictTime(true),
		progressbar.OptionThrottle(100*time.Millisecond),
		progressbar.OptionEnableColorCodes(false),
		progressbar.OptionClearOnFinish(),
	)}
}

func (b bar) set(done, total int) {
	if b.bar == nil {
		return
	}
	b.bar.ChangeMax(total)
	_ = b.bar.Set(done) // a bar that cannot be drawn is no reason to stop
}

func (b bar) clear() {
	if b.bar != nil {
		_ = b.bar.Clear()
	}
}
