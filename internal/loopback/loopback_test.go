package loopback_test

import (
	"testing"

	"github.com/tmsync/tmsync/internal/loopback"
)

func TestHost(t *testing.T) {
	for host, want := range map[string]bool{
		"localhost":          true,
		"127.0.0.1":          true,
		"127.8.8.8":          true,
		"::1":                true,
		"::ffff:127.0.0.1":   true,
		"":                   false,
		"0.0.0.0":            false,
		"::":                 false,
		"127.1":              false, // some resolvers read it so, others look it up
		"0177.0.0.1":         false,
		"::1%eth0":           false,
		"localhost.":         false,
		"localhost.evil.com": false,
		"127.0.0.1.evil.com": false,
		"169.254.169.254":    false,
	} {
		if got := loopback.Host(host); got != want {
			t.Errorf("Host(%q) = %v, want %v", host, got, want)
		}
	}
}
