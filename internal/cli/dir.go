package cli

import (
	"os"
	"path/filepath"
)

// chdir makes another directory the configuration's. It reports whether there is
// one.
func (a *app) chdir(dir string) bool {
	path := dir
	if !filepath.IsAbs(path) {
		path = filepath.Join(a.Env.Dir, path)
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return false
	}
	a.dir = path
	if a.display = filepath.Clean(dir); a.display == "." {
		a.display = ""
	}
	return true
}

// inDir makes a path absolute that the user gave relative to the configuration.
func (a *app) inDir(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(a.dir, path)
}

// shown is a path that the user gave, or that is below the configuration, as
// messages name it: relative to where tmsync was called.
func (a *app) shown(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(a.display, path)
}
