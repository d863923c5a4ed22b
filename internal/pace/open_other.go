//go:build !unix

package pace

// openFlags is empty: there are no flags against links here.
const openFlags = 0
