// Package storetest has the far ends of shared states for tests: an S3 server and
// one that follows GitLab's rules, both in this process and over HTTP, and the real
// servers that .ci/stores starts.
package storetest
