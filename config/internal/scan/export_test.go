package scan

// Depth returns the deepest nesting that the scanner meets, quotes not counted, and
// how far it gets.
func Depth(src []byte) (depth, end int) {
	s := newScanner(src, false)
	for {
		switch s.step() {
		case tokEOF:
			return depth, len(src)
		case tokBroken:
			return depth, s.pos
		}
		depth = max(depth, s.depth)
	}
}
