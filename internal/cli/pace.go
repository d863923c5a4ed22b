package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// The service counts the requests of the account, whichever process they come
// from: a plan and the apply that follows it at once must keep their distance
// too, or the service pauses the second for two minutes. So the time of the last
// request is left behind, as the time of a file.

// paceFile is the file that has the time of the last request.
func (a *app) paceFile() string { return filepath.Join(a.dir, ".tmsync", "pace") }

// lastRequest is when the last request of earlier commands left, at the latest;
// zero when there was none. What died left its journal behind.
func (a *app) lastRequest() time.Time {
	var last time.Time
	journals, _ := filepath.Glob(filepath.Join(filepath.Dir(a.paceFile()), "*", "journal.jsonl")) // the pattern is right
	for _, path := range append(journals, a.paceFile()) {
		if info, err := os.Lstat(path); err == nil && info.ModTime().After(last) {
			last = info.ModTime()
		}
	}
	return last
}

// noteRequests leaves the time of the last request behind. It is of no harm if
// that fails, in a folder that cannot be written.
func (w *workspace) noteRequests() {
	last, path := w.client.LastRequest(), w.app.paceFile()
	if last.IsZero() {
		return
	}
	if err := os.Chtimes(path, last, last); !errors.Is(err, fs.ErrNotExist) {
		return
	}
	if w.app.makeFolder() == nil && createEmpty(path) == nil {
		_ = os.Chtimes(path, last, last)
	}
}
