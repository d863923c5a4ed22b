package app

import (
	"os"
	"path/filepath"
)

// Chdir makes another directory the configuration's. It reports whether there is
// one.
func (a *App) Chdir(dir string) bool {
	path := dir
	if !filepath.IsAbs(path) {
		path = filepath.Join(a.Env.Dir, path)
	}
	if info, err := os.Stat(path); err != nil || !info.IsDir() {
		return false
	}
	a.Dir = path
	if a.Display = filepath.Clean(dir); a.Display == "." {
		a.Display = ""
	}
	return true
}

// InDir makes a path absolute that the user gave relative to the configuration.
func (a *App) InDir(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(a.Dir, path)
}

// Shown is a path that the user gave, or that is below the configuration, as
// messages name it: relative to where tmsync was called.
func (a *App) Shown(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(a.Display, path)
}
