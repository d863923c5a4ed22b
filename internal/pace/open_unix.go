//go:build unix

package pace

import "syscall"

// openFlags go with every open: links are not followed, and a pipe does not hang.
const openFlags = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
