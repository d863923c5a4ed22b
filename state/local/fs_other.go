//go:build !unix

package local

import "io/fs"

// openFlags is empty: there are no flags against links here.
const openFlags = 0

func linkCount(fs.FileInfo) uint64 { return 1 }

// openToAll is not known: the mode does not tell who may write here.
func openToAll(fs.FileInfo) bool { return false }

// syncDir does nothing: directories cannot be synced here, and need not be.
func syncDir(string) error { return nil }
