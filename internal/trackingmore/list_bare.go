package trackingmore

import "github.com/tmsync/tmsync/internal/tracking"

// bareList is a list that does not say how many trackings there are. What its pages tell:
//
//	page                               what follows
//	---------------------------------  ---------------------------------------------
//	empty                              it was the end
//	short, and not the first           it was the end
//	short, the first, of odd length    it was the end
//	short, the first, of round length  the end, or a server that gives no more a page:
//	                                   the next one tells
//	nothing wanted is still missing    no more is read, unless all is wanted
//	few wanted ones on it              the rest is asked for by number, where that takes
//	                                   no more requests than the pages took
//
// So an account of n trackings that are all wanted takes exactly ⌈n/page⌉ requests.
// Whoever wants the whole list reads it until it shows the same twice; see complete.
type bareList struct {
	wanted map[tracking.Key]struct{} // of those that have not shown up
	full   int                       // how many trackings a page has that is not the last
}

// next is what to do after a page of a bare list.
type next string

const (
	nextPage    next = "page"
	nextEnded   next = "ended"   // the pages show all there is
	nextEnough  next = "enough"  // they show all that is wanted
	nextNumbers next = "numbers" // the rest is better asked for by number
)

func newBareList(d *Dialect, o ListOptions) *bareList {
	b := &bareList{wanted: make(map[tracking.Key]struct{}, len(o.Known)+len(o.Declared)), full: d.limits.page}
	for _, some := range [][]tracking.Key{o.Known, o.Declared} {
		for _, k := range some {
			b.wanted[k] = struct{}{}
		}
	}
	return b
}

// after returns what to do after the n-th page. numbers is how many of them a request
// takes, all whether everything is wanted.
func (b *bareList) after(p *page, n, numbers int, all bool) next {
	before := len(b.wanted)
	for i := range p.items {
		delete(b.wanted, p.items[i].Key)
	}
	left := len(b.wanted)
	short := p.size() < b.full
	switch {
	case p.size() == 0, short && (n > 1 || !round(p.size())):
		return nextEnded
	case left == 0 && !all && before > 0:
		return nextEnough
	case !all && before-left < numbers && ceilDiv(left, numbers) <= n:
		return nextNumbers
	}
	if short {
		b.full = p.size()
	}
	return nextPage
}

// round reports whether a server may give just so many trackings a page.
func round(size int) bool { return size%10 == 0 || size%25 == 0 }
