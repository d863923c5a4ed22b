package app

import (
	"path/filepath"
	"runtime"
)

// paceDir is where processes with one account share its pace: in the user's cache
// directory, as os.UserCacheDir finds it; "" where there is none.
func paceDir(environ map[string]string) string {
	dir := userCacheDir(environ)
	if !filepath.IsAbs(dir) {
		return ""
	}
	return filepath.Join(dir, "tmsync", "pace")
}

func userCacheDir(environ map[string]string) string {
	home := environ["HOME"]
	switch runtime.GOOS {
	case "windows":
		return environ["LocalAppData"]
	case "darwin", "ios":
		if home == "" {
			return ""
		}
		return filepath.Join(home, "Library", "Caches")
	}
	if dir := environ["XDG_CACHE_HOME"]; dir != "" {
		return dir
	}
	if home == "" {
		return ""
	}
	return filepath.Join(home, ".cache")
}
