// Package text writes words, numbers and sizes for people. It knows nothing of
// trackings.
package text
