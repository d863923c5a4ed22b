package scan

import (
	"bytes"
	"fmt"

	"github.com/tmsync/tmsync/internal/text"
)

// A file is parsed in pieces, since the parser's memory and part of its time
// grow with what it is given at once, and since pieces can be parsed side by
// side. What a piece declares is taken out of its syntax tree at once, and the
// tree is dropped.

// PieceSize is about how large a piece is, in bytes. It ends where an item at
// the top of the file ends.
const PieceSize = 16 << 10

// Piece is a part of a source: whole blocks and arguments.
type Piece struct {
	Start, End int  // in bytes
	Line       int  // of its first byte
	Broken     bool // the source is certainly wrong at the end of it
	Kept       int  // tokens of what stays in memory: all but trackings
	TextWork   int  // of the parser
	// The blocks that the piece consists of, if they need no parser: the first of
	// them, and the first beyond, among all that skip has passed.
	SkipFrom, SkipTo int
}

// Skip skips a block that its caller reads without the parser. start is the
// beginning of a line; ok reports whether such a block begins there. end and endLine
// are where it goes on.
type Skip func(start, line int) (end, endLine int, ok bool)

// Cut divides a source into pieces. With an error it may not be parsed.
// Blocks that skip passes are pieces of their own; it may be nil.
func Cut(src []byte, skip Skip) ([]Piece, *Excess) {
	c := cutter{scanner: newScanner(src, false), line: 1, countedLine: 1, skip: skip}
	for {
		if c.skipBlock() {
			continue
		}
		tok := c.step()
		if tok != tokNewline && tok != tokSpace && tok != tokEOF {
			c.oddItem()
		}
		switch tok {
		case tokNewline:
			if c.outside() {
				c.lineEnds()
			}
		case tokName:
			c.firstName()
		case tokBroken:
			if c.excess != nil {
				return nil, c.excess
			}
			if c.itemTooLarge() {
				return nil, Unbalanced(c.pos)
			}
			c.openTextWork()
			c.add(min(c.pos+1, len(src)), true)
			return c.pieces, nil
		case tokEOF:
			if !c.outside() && c.itemTooLarge() {
				return nil, &Excess{c.stack[1].at, "Unclosed bracket or string", "What is opened here is not closed before the end of the file."}
			}
			c.endItem()
			c.openTextWork()
			c.add(c.pos, false)
			return c.pieces, nil
		}
		if problem := c.tooLarge(); problem != nil {
			return nil, problem
		}
	}
}

// cutter is where cut is.
type cutter struct {
	*scanner
	pieces []Piece
	start  int // of the piece
	line   int // of its first byte

	item      int  // start of the block or argument
	tokens    int  // passed before it
	named     bool // its first name has been met
	declares  bool // it declares trackings
	kept      int  // tokens of blocks of the piece that do not
	textStart int  // text work before the piece

	skip   Skip
	passed int  // blocks by skip
	found  int  // of them, in the piece
	odd    bool // the piece has something else, white space and comments aside

	counted, countedLine int // an offset up to which lines are counted, and its line
}

func (c *cutter) add(end int, broken bool) {
	p := Piece{Start: c.start, End: end, Line: c.line, Broken: broken, Kept: c.kept, TextWork: c.textWork - c.textStart}
	p.SkipFrom, p.SkipTo = c.passed-c.found, c.passed
	c.pieces = append(c.pieces, p)
	c.line = c.lineAt(end)
	c.start, c.kept, c.textStart = end, 0, c.textWork
	c.found, c.odd = 0, false
}

// lineAt returns the line of an offset. Offsets must not decrease.
func (c *cutter) lineAt(offset int) int {
	c.countedLine += bytes.Count(c.src[c.counted:offset], []byte("\n"))
	c.counted = offset
	return c.countedLine
}

// skipBlock skips a block that needs no parser, if one begins here. What is odd before it
// becomes a piece.
func (c *cutter) skipBlock() bool {
	if c.skip == nil || c.pos != c.item {
		return false
	}
	end, line, ok := c.skip(c.pos, c.lineAt(c.pos))
	if !ok {
		return false
	}
	if c.odd {
		c.add(c.item, false)
	}
	c.found, c.passed = c.found+1, c.passed+1
	c.pos, c.counted, c.countedLine = end, end, line
	c.lineEnds()
	return true
}

// oddItem records that something other than such a block begins. Those before it
// become a piece.
func (c *cutter) oddItem() {
	if c.found > 0 && c.mayCut(c.item) {
		c.add(c.item, false)
	}
	c.found, c.odd = 0, true
}

// mayCut reports whether a piece may begin at the start of a line. Before a byte order
// mark it may not: the parser accepts one at the beginning.
func (c *cutter) mayCut(at int) bool { return !bytes.HasPrefix(c.src[at:], []byte("\xef\xbb\xbf")) }

// lineEnds ends the block or argument, and the piece if it is large enough.
func (c *cutter) lineEnds() {
	c.endItem()
	if c.pos-c.start >= PieceSize && c.mayCut(c.pos) {
		c.add(c.pos, false)
	}
}

// firstName reads the name that a block or argument begins with.
func (c *cutter) firstName() {
	if !c.named {
		c.named = true
		c.declares = bytes.HasPrefix(bytes.TrimSpace(c.src[c.item:c.pos]), []byte("tracking"))
	}
}

func (c *cutter) endItem() {
	if !c.declares {
		c.kept += c.scanner.tokens - c.tokens
	}
	c.item, c.tokens, c.named, c.declares = c.pos, c.scanner.tokens, false, false
}

// itemTooLarge reports whether a block or argument is too large to parse.
func (c *cutter) itemTooLarge() bool {
	return c.pos-c.item > MaxStatement || c.scanner.tokens-c.tokens > maxTokens
}

// Unbalanced is what is wrong where the scanner stops.
func Unbalanced(at int) *Excess {
	return &Excess{at, "Unbalanced bracket or quote", "What stands here closes nothing that is open, or leaves a string open at the end of a line."}
}

func (c *cutter) tooLarge() *Excess {
	const advice = "Put the data into a CSV file and use a trackings block."
	if !c.outside() {
		return nil // it may be something that is not closed
	}
	if c.pos-c.item > MaxStatement {
		return &Excess{c.item, "Block too large", fmt.Sprintf("One block or argument may have %s; this one has more. %s", text.Size(MaxStatement), advice)}
	}
	if c.scanner.tokens-c.tokens > maxTokens {
		return &Excess{c.item, "Block too large", fmt.Sprintf("One block or argument may have %d words, signs and texts; this one has more. %s", maxTokens, advice)}
	}
	return nil
}
