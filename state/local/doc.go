// Package local keeps a state in a directory of this machine: a state.Store whose
// lock is the kernel's, whose files are replaced whole and durably, and whose
// journal is beside the state in .tmsync.
//
// All that it does to the disk goes through an FS, so that tests can put a crash
// between any two operations (package statetest).
package local
