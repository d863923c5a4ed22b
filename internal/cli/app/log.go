package app

import (
	"log/slog"
	"time"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// logger writes a line to stderr for every request, when TMSYNC_LOG asks for it:
// debug for all of them, anything else for waits and retries. nil: it does not.
func logger(a *App) func(trackingmore.Event) {
	level := a.Environ["TMSYNC_LOG"]
	if level == "" {
		return nil
	}
	opts := &slog.HandlerOptions{Level: slog.LevelInfo, ReplaceAttr: text.LogAttr}
	if level == "debug" || level == "trace" || level == "DEBUG" || level == "TRACE" {
		opts.Level = slog.LevelDebug
	}
	log := slog.New(slog.NewTextHandler(a.Stderr, opts))
	return func(e trackingmore.Event) {
		switch e.Kind {
		case trackingmore.EventAnswer:
			log.Debug("answer", "call", e.Call, "attempt", e.Attempt, "code", e.Code, "took", e.Took.Round(time.Millisecond), "err", e.Err)
		case trackingmore.EventWait:
			log.Info("waiting", "call", e.Call, "until", e.Until.Format(time.TimeOnly))
		case trackingmore.EventRetry:
			log.Info("trying again", "call", e.Call, "attempt", e.Attempt, "at", e.Until.Format(time.TimeOnly), "err", e.Err)
		case trackingmore.EventPage:
			log.Info("listed", "trackings", e.Items, "of", e.Total)
		case trackingmore.EventDropped:
			log.Warn("trackings without carrier or number were left out", "count", e.Items)
		}
	}
}
