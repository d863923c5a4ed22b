package config

import (
	"bytes"
	"fmt"

	"github.com/tmsync/tmsync/internal/text"
)

// A file is parsed in pieces, since the parser's memory and part of its time
// grow with what it is given at once, and since pieces can be parsed side by
// side. What a piece declares is taken out of its syntax tree at once, and the
// tree is dropped.

// pieceSize is about how large a piece is, in bytes. It ends where an item at
// the top of the file ends.
const pieceSize = 16 << 10

// piece is a part of a source: whole blocks and arguments.
type piece struct {
	start, end int
	line       int  // of its first byte
	broken     bool // the source is certainly wrong at the end of it
	kept       int  // tokens of what stays in memory: all but trackings
	textWork   int  // of the parser
	// literal are the literal blocks that the piece consists of; nil: it has to be
	// parsed.
	literal []*declaration
}

// cut divides a source into pieces. The error says that it may not be parsed. If
// there is a reader of literal blocks, these are pieces of their own.
func cut(src []byte, literals *literalReader) ([]piece, *excess) {
	c := cutter{scanner: newScanner(src, false), line: 1, countedLine: 1, literals: literals}
	for {
		if c.literal() {
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
				return nil, unbalanced(c.pos)
			}
			c.openTextWork()
			c.add(min(c.pos+1, len(src)), true)
			return c.pieces, nil
		case tokEOF:
			if !c.outside() && c.itemTooLarge() {
				return nil, &excess{c.stack[1].at, "Unclosed bracket or string", "What is opened here is not closed before the end of the file."}
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
	pieces []piece
	start  int // of the piece
	line   int // of its first byte

	item      int  // start of the block or argument
	tokens    int  // passed before it
	named     bool // its first name has been met
	declares  bool // it declares trackings
	kept      int  // tokens of blocks of the piece that do not
	textStart int  // text work before the piece

	literals *literalReader
	found    []*declaration // literal blocks of the piece
	odd      bool           // the piece has something else, white space and comments aside

	counted, countedLine int // an offset up to which lines are counted, and its line
}

func (c *cutter) add(end int, broken bool) {
	c.pieces = append(c.pieces, piece{c.start, end, c.line, broken, c.kept, c.textWork - c.textStart, c.found})
	c.line = c.lineAt(end)
	c.start, c.kept, c.textStart = end, 0, c.textWork
	c.found, c.odd = nil, false
}

// lineAt gives the line of an offset that is not before the one of the last call.
func (c *cutter) lineAt(offset int) int {
	c.countedLine += bytes.Count(c.src[c.counted:offset], []byte("\n"))
	c.counted = offset
	return c.countedLine
}

// literal passes a literal block, if one begins here. What is odd before it
// becomes a piece.
func (c *cutter) literal() bool {
	if c.literals == nil || c.pos != c.item {
		return false
	}
	d, end, line := c.literals.read(c.pos, c.lineAt(c.pos))
	if d == nil {
		return false
	}
	if c.odd {
		c.add(c.item, false)
	}
	c.found = append(c.found, d)
	c.pos, c.counted, c.countedLine = end, end, line
	c.lineEnds()
	return true
}

// oddItem notes that there is something else than a literal block. The literal
// blocks before it become a piece.
func (c *cutter) oddItem() {
	if len(c.found) > 0 && c.mayCut(c.item) {
		c.add(c.item, false)
	}
	c.found, c.odd = nil, true
}

// mayCut says whether a piece may begin at the start of a line. Before a byte order
// mark it may not: the parser accepts one at the beginning.
func (c *cutter) mayCut(at int) bool { return !bytes.HasPrefix(c.src[at:], []byte("\xef\xbb\xbf")) }

// lineEnds ends the block or argument, and the piece if it is large enough.
func (c *cutter) lineEnds() {
	c.endItem()
	if c.pos-c.start >= pieceSize && c.mayCut(c.pos) {
		c.add(c.pos, false)
	}
}

// firstName looks at the name that a block or argument begins with.
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

// itemTooLarge says whether the block or argument is too large to be parsed, be
// it right or wrong.
func (c *cutter) itemTooLarge() bool {
	return c.pos-c.item > maxStatement || c.scanner.tokens-c.tokens > maxTokens
}

// unbalanced is what is wrong at a place where the scanner gives up.
func unbalanced(at int) *excess {
	return &excess{at, "Unbalanced bracket or quote", "What stands here closes nothing that is open, or leaves a string open at the end of a line."}
}

func (c *cutter) tooLarge() *excess {
	const advice = "Put the data into a CSV file and use a trackings block."
	if !c.outside() {
		return nil // it may be something that is not closed
	}
	if c.pos-c.item > maxStatement {
		return &excess{c.item, "Block too large", fmt.Sprintf("One block or argument may have %s; this one has more. %s", text.Size(maxStatement), advice)}
	}
	if c.scanner.tokens-c.tokens > maxTokens {
		return &excess{c.item, "Block too large", fmt.Sprintf("One block or argument may have %d words, signs and texts; this one has more. %s", maxTokens, advice)}
	}
	return nil
}
