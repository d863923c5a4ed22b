package sandbox

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// file is the log in which an account outlives its process: a header line, then a
// line for every row that changed and for every change of the credits. The last
// line about a row counts.
type file struct {
	f     *os.File
	size  int64 // length of what is known to be whole, in bytes
	units int64 // what is left by the file
}

// line is one line of the log: one of its members is set.
type line struct {
	Format string  `json:"format,omitempty"`
	Row    *record `json:"row,omitempty"`
	Units  *int64  `json:"credit_fifths,omitempty"`
}

const fileFormat = "tmsync sandbox 1"

// compactAbove bounds the lines of a log beyond twice its rows. A log above it is
// rewritten at the next start.
const compactAbove = 1000

// open loads the log, or begins one: mode 0600, in a directory made with 0700.
func (s *Server) open(path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("making the directory of the sandbox's data: %w", err)
	}
	if info, err := os.Lstat(path); err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("opening the sandbox's data: %s is not a regular file, and links are not followed", path)
	}
	data, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("reading the sandbox's data: %w", err)
	}
	whole := int64(bytes.LastIndexByte(data, '\n') + 1) // a torn last line was never answered for
	lines, err := s.load(data[:whole])
	if err != nil {
		return fmt.Errorf("reading the sandbox's data in %s: %w; delete the file to begin with an empty account", path, err)
	}
	if lines == 0 || lines > 2*len(s.rows.order)+compactAbove {
		if whole, err = s.rewrite(path); err != nil {
			return fmt.Errorf("rewriting the sandbox's data: %w", err)
		}
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return fmt.Errorf("opening the sandbox's data: %w", err)
	}
	s.file = &file{f: f, size: whole, units: s.units}
	if err := f.Truncate(whole); err != nil {
		return errors.Join(fmt.Errorf("cutting a torn line off the sandbox's data: %w", err), f.Close())
	}
	return nil
}

// load reads the whole lines of a log and returns how many there are.
func (s *Server) load(data []byte) (lines int, err error) {
	for text := range bytes.Lines(data) {
		lines++
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			return 0, fmt.Errorf("line %d: %w", lines, err)
		}
		switch {
		case lines == 1 && l.Format != fileFormat:
			return 0, errors.New("line 1: this is not a file of the sandbox")
		case l.Row != nil:
			s.loadRow(l.Row)
		case l.Units != nil:
			s.units = *l.Units
		}
	}
	for _, recs := range s.rows.byNumber {
		s.rows.order = append(s.rows.order, recs...)
	}
	slices.SortFunc(s.rows.order, older)
	return lines, nil
}

func (s *Server) loadRow(rec *record) {
	s.rows.lastSeq = max(s.rows.lastSeq, rec.Seq)
	if known := s.rows.find(rec.Key()); known != nil {
		*known = *rec
		return
	}
	s.rows.index(rec)
}

// rewrite writes the log anew, a line for each row, and returns its length.
func (s *Server) rewrite(path string) (size int64, err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp") // made with mode 0600
	if err != nil {
		return 0, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(tmp.Name()))
		}
	}()
	w := bufio.NewWriter(tmp)
	enc := json.NewEncoder(w)
	err = errors.Join(enc.Encode(line{Format: fileFormat}), enc.Encode(line{Units: &s.units}))
	for _, rec := range s.rows.order {
		err = errors.Join(err, enc.Encode(line{Row: rec}))
	}
	err = errors.Join(err, w.Flush(), tmp.Sync())
	info, statErr := tmp.Stat()
	if err = errors.Join(err, statErr, tmp.Close()); err != nil {
		return 0, err
	}
	return info.Size(), os.Rename(tmp.Name(), path)
}

// save appends what changed since the last save, in one write. What could not be
// written is tried again by the next save.
func (s *Server) save() error {
	if s.file != nil {
		if err := s.file.append(s.rows.dirty, s.units); err != nil {
			return fmt.Errorf("writing the sandbox's data: %w", err)
		}
	}
	for _, rec := range s.rows.dirty {
		rec.isDirty = false
	}
	clear(s.rows.dirty)
	s.rows.dirty = s.rows.dirty[:0]
	return nil
}

func (f *file) append(rows []*record, units int64) error {
	if len(rows) == 0 && units == f.units {
		return nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	for _, rec := range rows {
		if err := enc.Encode(line{Row: rec}); err != nil {
			return err
		}
	}
	if units != f.units {
		if err := enc.Encode(line{Units: &units}); err != nil {
			return err
		}
	}
	n, err := f.f.Write(b.Bytes())
	if err != nil {
		return errors.Join(err, f.f.Truncate(f.size)) // no half of a line before the next write
	}
	f.size += int64(n)
	f.units = units
	return nil
}

func (f *file) close() error { return f.f.Close() }
