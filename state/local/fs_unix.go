//go:build unix

package local

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// openFlags go with every open: links are not followed, and a pipe that was put
// in a file's place does not hang.
const openFlags = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

func linkCount(info fs.FileInfo) uint64 {
	if st, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(st.Nlink)
	}
	return 1
}

// openToAll reports whether everybody may replace the files in a directory.
func openToAll(directory fs.FileInfo) bool {
	return directory.Mode().Perm()&0o002 != 0 && directory.Mode()&fs.ModeSticky == 0
}

func syncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	err = dir.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil // some network file systems cannot, and are durable by themselves
	}
	return errors.Join(err, dir.Close())
}
