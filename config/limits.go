package config

// The bounds of what a configuration may ask for, as far as they are not those of
// its packages. Each of them is named in the error that it causes. Sizes are in
// bytes.
const (
	maxFileSize  = 64 << 20  // one configuration or variable file
	maxTotalSize = 256 << 20 // all of them
	maxSettings  = 1_500_000 // tokens in all that declares no trackings, and is kept
	maxReadFile  = 10 << 20  // what file() and its like return

	maxLocalDepth = 10_000  // local values that build on each other
	maxForEach    = 100_000 // instances of one tracking block
	maxQuestions  = 10_000  // of data blocks, and numbers in one question
	maxObjects    = 100_000 // of them, that expressions refer to: each takes 2 KiB
	maxMoves      = 1000    // from an address to the last of them

	maxCSVFile  = 256 << 20
	maxPatterns = 100 // globs in one csv argument
	maxKey      = 512 // of for_each and of a CSV row

	maxDiagnostics = 200 // errors and warnings shown
)

// MaxDeclared is how many trackings a configuration may declare.
const MaxDeclared = 2_000_000
