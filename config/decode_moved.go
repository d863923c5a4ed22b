package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"github.com/tmsync/tmsync/config/internal/hcldiag"
	"github.com/tmsync/tmsync/internal/tracking"
)

var (
	movedSchema   = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "from", Required: true}, {Name: "to", Required: true}}}
	removedSchema = &hcl.BodySchema{
		Attributes: []hcl.AttributeSchema{{Name: "from", Required: true}},
		Blocks:     []hcl.BlockHeaderSchema{{Type: "lifecycle"}},
	}
	removedLifecycleSchema = &hcl.BodySchema{Attributes: []hcl.AttributeSchema{{Name: "destroy"}}}
)

// maxMoves is how many moves lead from an address to the last one.
const maxMoves = 1000

// moveDecoder reads the moved and removed blocks.
type moveDecoder struct {
	*decoder
	moves    []tracking.Moved
	removals []tracking.Removed
}

// decodeRefactors reads the moved and removed blocks. It checks them against what
// is declared, and against each other.
func (dec *moveDecoder) decodeRefactors() {
	for _, block := range dec.blocks("moved") {
		dec.decodeMoved(block)
	}
	for _, block := range dec.blocks("removed") {
		dec.decodeRemoved(block)
	}
	dec.checkSources()
	dec.checkDestinations()
	dec.checkCycles()
}

func (dec *moveDecoder) decodeMoved(block *hcl.Block) {
	content := dec.content(block, movedSchema)
	from, good := dec.address(content.Attributes["from"])
	to, ok := dec.address(content.Attributes["to"])
	if !good || !ok {
		return
	}
	switch {
	case from == to:
		dec.error(&block.DefRange, "Redundant move statement", fmt.Sprintf("%s is moved to itself, which means nothing. Remove this block.", from))
		return
	case manyOnly(from) && !isBlock(to), manyOnly(to) && !isBlock(from):
		dec.error(&block.DefRange, "Invalid move", fmt.Sprintf("%s cannot become %s: all rows of a trackings block go to another block, or one row, such as trackings.orders[\"A-1\"], to one tracking.", from, to))
		return
	}
	dec.moves = append(dec.moves, tracking.Moved{From: from, To: to, Range: block.DefRange})
}

func (dec *moveDecoder) decodeRemoved(block *hcl.Block) {
	content := dec.content(block, removedSchema)
	removed := tracking.Removed{Range: block.DefRange}
	for i, lifecycle := range content.Blocks {
		if i > 0 {
			dec.error(&lifecycle.DefRange, "Duplicate lifecycle block", fmt.Sprintf("There may be one lifecycle block; another one is at %s.", hcldiag.Place(content.Blocks[0].DefRange)))
			continue
		}
		content := dec.content(lifecycle, removedLifecycleSchema)
		if a := content.Attributes["destroy"]; a != nil {
			removed.OnRemove = tracking.RemoveDelete
			if v, ok := dec.constant(a, cty.Bool); ok && v.False() {
				removed.OnRemove = tracking.RemoveForget
			}
		}
	}
	var ok bool
	if removed.From, ok = dec.address(content.Attributes["from"]); ok {
		dec.removals = append(dec.removals, removed)
	}
}

// refactorSource is an address that a block of either kind speaks of.
type refactorSource struct {
	addr  tracking.Addr
	place hcl.Range
	to    tracking.Addr // "" for a removed block
}

func (s refactorSource) String() string {
	if s.to == "" {
		return "is removed"
	}
	return fmt.Sprintf("moves to %s", s.to)
}

// checkSources finds addresses of which two blocks speak, and those that are
// still declared. Of a block without a key that moves to one with a key, the
// tracking without a key is meant.
func (dec *moveDecoder) checkSources() {
	var all []refactorSource
	for _, m := range dec.moves {
		all = append(all, refactorSource{m.From, m.Range, m.To})
	}
	for _, r := range dec.removals {
		all = append(all, refactorSource{r.From, r.Range, ""})
	}
	first := map[tracking.Addr]refactorSource{}
	wanted := map[tracking.Addr]bool{}
	all = slices.DeleteFunc(all, func(s refactorSource) bool {
		other, taken := first[s.addr]
		if taken {
			dec.error(&s.place, "Ambiguous address", fmt.Sprintf("By this block %s %s, but by the one at %s it %s. Only one of them can be meant.", s.addr, s, hcldiag.Place(other.place), other))
			return true
		}
		first[s.addr], wanted[s.addr] = s, true
		return false
	})
	found := find(dec.declared, wanted)
	for _, s := range all {
		block, declared := dec.spans[s.addr]
		if s.to != "" && !isBlock(s.to) && declared && block.keyed {
			continue // it is the tracking without a key that moves into a block with keys
		}
		if _, there := found[s.addr]; !there && !declared {
			continue
		}
		if s.to == "" {
			dec.error(&s.place, "Removed tracking still declared", fmt.Sprintf("This block says that %s was removed, but it is still declared. Remove its declaration, or this block.", s.addr))
			continue
		}
		dec.error(&s.place, "Moved tracking still declared", fmt.Sprintf("This block says that %s was moved to %s, but it is still declared. Change its declaration, so that it declares %[2]s, or remove this block.", s.addr, s.to))
	}
}

// checkDestinations finds addresses to which two others move.
func (dec *moveDecoder) checkDestinations() {
	first := map[tracking.Addr]tracking.Moved{}
	for _, m := range dec.moves {
		if other, taken := first[m.To]; taken && other.From != m.From {
			dec.error(m.Range.Ptr(), "Ambiguous address", fmt.Sprintf("By this block %s moves to %s, but by the one at %s %s moves there. Only one of them can be there.", m.From, m.To, hcldiag.Place(other.Range), other.From))
			continue
		}
		first[m.To] = m
	}
}

// checkCycles follows the moves, which may follow one upon the other.
func (dec *moveDecoder) checkCycles() {
	next := make(map[tracking.Addr]tracking.Moved, len(dec.moves))
	for _, m := range dec.moves {
		next[m.From] = m
	}
	done := map[tracking.Addr]bool{}
	for _, m := range dec.moves {
		dec.progress.at(m.Range)
		dec.follow(m, next, done)
	}
}

// follow walks from one move to the end of what follows upon it. done are the
// addresses of moves from which that was done.
func (dec *moveDecoder) follow(start tracking.Moved, next map[tracking.Addr]tracking.Moved, done map[tracking.Addr]bool) {
	path := []string{}
	onPath := map[tracking.Addr]bool{}
	for addr := start.From; !done[addr]; {
		path = append(path, string(addr))
		if onPath[addr] {
			dec.error(start.Range.Ptr(), "Cycle in moved blocks", fmt.Sprintf("These moves have no end: %s.", circle(path)))
			break
		}
		onPath[addr] = true
		if len(path) > maxMoves {
			dec.error(start.Range.Ptr(), "Too many moves", fmt.Sprintf("Moved blocks may follow upon each other %d times; these do so more often. Write the last address into the first block.", maxMoves))
			break
		}
		m, ok := next[addr]
		if !ok {
			block := addr.Block()
			if m, ok = next[block]; !ok || !isBlock(m.To) {
				break
			}
			m.To += addr[len(block):]
		}
		addr = m.To
	}
	for addr := range onPath {
		if _, ok := next[addr]; ok {
			done[addr] = true
		}
	}
}

// circle writes the end of a path from where it first meets its last step.
func circle(path []string) string {
	last := path[len(path)-1]
	for i, step := range path {
		if step == last {
			path = path[i:]
			break
		}
	}
	if len(path) > 20 {
		return fmt.Sprintf("%s, and %d more", strings.Join(path[:20], " -> "), len(path)-20)
	}
	return strings.Join(path, " -> ")
}
