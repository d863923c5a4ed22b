package local

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/state"
)

// former is where earlier versions kept what now belongs to a state: one journal,
// one lock and one note of what was seen for all states of a configuration.
type former struct {
	directories []string // .tmsync of the configuration, and the one beside the state
	key         string   // of the state in the note
}

func formerly(dir, beside, stateName string) former {
	return former{slices.Compact([]string{filepath.Join(dir, dirName), beside}), filepath.Clean(stateName)}
}

// seen returns what was noted of the state.
func (f former) seen(l *Store) state.Mark {
	for _, directory := range f.directories {
		var marks map[string]state.Mark
		if l.readNote(filepath.Join(directory, seenName), &marks) && marks[f.key] != (state.Mark{}) {
			return marks[f.key]
		}
	}
	return state.Mark{}
}

// Claim finds a journal of the state that lies elsewhere: an earlier version has
// left it in .tmsync itself, or the state has got another name since. lineage is
// the state's, or what it was when it was last seen; absent means that there is no
// state. A journal of an earlier version is taken over with move, and else
// read where it lies. Another state's is left alone.
func (l *Store) Claim(lineage string, absent, move bool) error {
	own, err := regular(l.FS, l.journal.path())
	if own != nil || err != nil {
		return nil // which Read reports
	}
	for _, directory := range l.before.directories {
		ours, err := l.isOurs(filepath.Join(directory, journalName), lineage, absent)
		if err != nil {
			return err
		}
		if ours && move {
			return l.takeOver(directory)
		}
		if ours {
			l.journal.former = filepath.Join(directory, journalName)
			return nil
		}
	}
	return l.findRenamed(lineage)
}

// isOurs reports whether a journal of an earlier version belongs to the state.
func (l *Store) isOurs(path, lineage string, absent bool) (bool, error) {
	f, err := openRegular(l.FS, path, os.O_RDONLY)
	if f == nil || err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	h, err := state.ReadJournalHead(f)
	switch {
	case errors.Is(err, state.ErrNewer):
		return false, nil // no version that wrote there
	case err != nil:
	case lineage == h.Lineage:
		return true, nil
	case !absent || h.Base > 0 || h.Ended:
		return false, nil
	}
	return false, &state.FormatError{
		File: dirName + "/" + journalName, Offset: -1,
		Problem: "an earlier version of tmsync has left it, and it does not say which state it belongs to",
		Help: fmt.Sprintf("if an interrupted run of %s has left it, move it to %s; if it is another state's, move it to %s",
			l.name, l.journal.Name(), shownIn(l.name, "NAME", journalName)+", NAME being that state's file name"),
	}
}

// takeOver moves the journal of an earlier version to the state. It is there
// before it goes away; being there twice is harmless, since its own place comes
// first. The lock of that version is held meanwhile: a run of it may be going on.
func (l *Store) takeOver(directory string) error {
	lockPath := filepath.Join(directory, lockName)
	if there, err := regular(l.FS, lockPath); err == nil && there != nil {
		lock, held, err := l.FS.TryLock(lockPath)
		if err != nil {
			return fmt.Errorf("locking %s/%s: %w", dirName, lockName, bare(err))
		}
		if !held {
			return &state.LockedError{State: l.name, Holder: l.readHolder(lockPath)}
		}
		defer func() { _ = lock.Unlock() }()
	}
	err := l.moveJournal(filepath.Join(directory, journalName))
	if err != nil {
		return fmt.Errorf("taking over the journal %s/%s: %w", dirName, journalName, err)
	}
	return nil
}

func (l *Store) moveJournal(from string) error {
	if err := l.prepare(); err != nil {
		return err
	}
	if err := l.journal.secure(); err != nil {
		return err
	}
	f, err := openRegular(l.FS, from, os.O_RDONLY)
	if f == nil || err != nil {
		return err
	}
	err = replace(l.FS, l.journal.path(), func(w io.Writer) error {
		_, err := io.Copy(w, f)
		return err
	}, func() error {
		if own, err := regular(l.FS, l.journal.path()); own != nil || err != nil {
			return errors.Join(errBeside, err)
		}
		return nil
	})
	if err = errors.Join(err, bare(f.Close())); err != nil {
		return err
	}
	if err = bare(l.FS.Remove(from)); err != nil {
		return err
	}
	return bare(l.FS.SyncDir(filepath.Dir(from)))
}

// findRenamed finds the journal of a state that was renamed without it: the state
// was renamed, and its journal was left behind.
func (l *Store) findRenamed(lineage string) error {
	entries, err := l.FS.ReadDir(l.directory)
	if errors.Is(err, fs.ErrNotExist) || lineage == "" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("looking into %s: %w", dirName, bare(err))
	}
	for _, e := range entries {
		if !e.IsDir() || e.Name() == filepath.Base(l.path) {
			continue
		}
		f, err := openRegular(l.FS, filepath.Join(l.directory, e.Name(), journalName), os.O_RDONLY)
		if f == nil || err != nil {
			continue // another state's
		}
		h, err := state.ReadJournalHead(f)
		left := err == nil && h.Lineage == lineage && !h.Ended
		_ = f.Close()
		if !left || l.lineageOf(e.Name()) == lineage {
			continue
		}
		return &state.FormatError{
			File: shownIn(l.name, text.Inert(e.Name()), journalName), Offset: -1,
			Problem: fmt.Sprintf("it belongs to the state in %s, which had the name %s when a run was interrupted", l.name, text.Quote(e.Name())),
			Help:    fmt.Sprintf("give the state its name back, or let the journal follow it: move it to %s", l.journal.Name()),
		}
	}
	return nil
}

// lineageOf returns the lineage of a state beside this one, "" where there is none.
func (l *Store) lineageOf(name string) string {
	f, err := openRegular(l.FS, filepath.Join(filepath.Dir(l.path), name), os.O_RDONLY)
	if f == nil || err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	return state.ReadLineage(f)
}
