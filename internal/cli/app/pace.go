package app

import (
	"path/filepath"
	"runtime"
)

// paceDir is where processes with one account share its pace: in the user's cache
// directory, as os.UserCacheDir finds it; "" where there is none.
func (a *App) paceDir() string {
	dir := a.userCacheDir()
	if !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(dir, "tmsync", "pace")
}

func (a *App) userCacheDir() string {
	home := a.Environ["HOME"]
	switch runtime.GOOS {
	case "windows":
		return a.Environ["LocalAppData"]
	case "darwin", "ios":
		if home == "" {
			return ""
		}
		return filepath.Join(home, "Library", "Caches")
	}
	if dir := a.Environ["XDG_CACHE_HOME"]; dir != "" {
		return dir
	}
	if home == "" {
		return ""
	}
	return filepath.Join(home, ".cache")
}
