// Package loopback tells this machine's own addresses from all others. Plain http and
// endpoints in files are for these alone: whatever is sent elsewhere can be read there.
package loopback

import "net/netip"

// Host reports whether a host, without a port, is this machine, by its name alone:
// what a name resolves to is for others to decide.
func Host(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Zone() == "" && addr.IsLoopback()
}
