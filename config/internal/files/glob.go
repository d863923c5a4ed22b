package files

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/tmsync/tmsync/internal/text"
)

// MaxFiles bounds configuration files, and the files that one glob finds.
const MaxFiles = 2000

// Glob lists the files that match a pattern, in name order. A name without
// wildcards stands for itself, there or not. So does a name that matches and leads
// nowhere, or where nothing is read: whoever opens it is told, as what its rows declare
// would be deleted if it were left out.
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
		return err == nil && info.IsDir()
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
			matches, err := d.matches(dir, level)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", text.Inert(d.Shown(dir)), err)
			}
			if found = append(found, matches...); len(found) > MaxFiles {
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
// for a dot at the beginning, nor for a hidden name or a lock file. What is not there,
// or is no directory, has nothing. What leads out has what nobody can open.
func (d *Directory) matches(dir, level string) ([]string, error) {
	names, err := d.entries(dir, level)
	switch problem := Problem(err); {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case errors.Is(problem, errOutside):
		return []string{path.Join(dir, level)}, nil
	default:
		return names, problem
	}
}

func (d *Directory) entries(dir, level string) ([]string, error) {
	info, err := d.root.Stat(dir)
	if err != nil || !info.IsDir() {
		return nil, err
	}
	if !strings.ContainsAny(level, `*?[\`) {
		name := path.Join(dir, level)
		_, err := d.root.Lstat(name)
		return []string{name}, err
	}
	entries, err := fs.ReadDir(d.root.FS(), dir)
	var names []string
	for _, e := range entries {
		if ok, _ := path.Match(level, e.Name()); ok && !strings.HasPrefix(e.Name(), ".") && !strings.HasPrefix(e.Name(), lockFile) && !isHiddenName(e.Name()) {
			names = append(names, path.Join(dir, e.Name()))
		}
	}
	return names, err
}
