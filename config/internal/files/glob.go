package files

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// MaxFiles bounds configuration files, and the files that one glob finds.
const MaxFiles = 2000

// Glob lists the files that match a pattern, in name order. A name without
// wildcards stands for itself, there or not.
func (d *Directory) Glob(pattern string) ([]string, error) {
	pattern, err := Clean(pattern)
	if err != nil {
		return nil, err
	}
	if isHidden(pattern) {
		return nil, errHidden
	}
	if strings.Contains(pattern, "**") {
		return nil, errors.New("\"**\" is not supported; name each level of directories with \"*\"")
	}
	if !strings.ContainsAny(pattern, `*?[\`) {
		return []string{pattern}, nil
	}
	names, err := d.expand(pattern)
	if err != nil {
		return nil, err
	}
	names = slices.DeleteFunc(names, func(name string) bool {
		info, err := d.Stat(name)
		return err != nil || info.IsDir()
	})
	slices.Sort(names)
	return names, nil
}

// expand lists what matches a pattern, one level of directories after the other: a
// link to a directory above makes a tree without an end.
func (d *Directory) expand(pattern string) ([]string, error) {
	names := []string{"."}
	for level := range strings.SplitSeq(pattern, "/") {
		if _, err := path.Match(level, ""); err != nil {
			return nil, errors.New("the pattern cannot be read; it may have *, ? and [a-z]")
		}
		var found []string
		for _, dir := range names {
			if found = append(found, d.matches(dir, level)...); len(found) > MaxFiles {
				return nil, fmt.Errorf("it matches more than %d files or directories", MaxFiles)
			}
		}
		names = found
	}
	return names, nil
}

// lockFile begins the names of files that Excel keeps beside open workbooks.
const lockFile = "~$"

// matches lists what matches one level of a pattern in a directory. No wildcard stands
// for a dot at the beginning, nor for a hidden name or a lock file. What is no
// directory, or cannot be read, has nothing.
func (d *Directory) matches(dir, level string) []string {
	if !strings.ContainsAny(level, `*?[\`) {
		name := path.Join(dir, level)
		if _, err := d.root.Lstat(name); err != nil {
			return nil // it is not there
		}
		return []string{name}
	}
	entries, err := fs.ReadDir(d.root.FS(), dir)
	if err != nil {
		return nil // it is not a directory
	}
	var names []string
	for _, e := range entries {
		if ok, _ := path.Match(level, e.Name()); ok && !strings.HasPrefix(e.Name(), ".") && !strings.HasPrefix(e.Name(), lockFile) && !isHiddenName(e.Name()) {
			names = append(names, path.Join(dir, e.Name()))
		}
	}
	return names
}
