package trackingmore

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/tmsync/tmsync/internal/tracking"
)

// TestListIsBounded takes pages without an end, of trackings with long titles.
func TestListIsBounded(t *testing.T) {
	title := tracking.AttrsOf(map[tracking.Attr]string{tracking.Title: strings.Repeat("x", 1<<16)}) // in memory once
	l := newListing()
	for n := range 1000 {
		p := &page{total: -1}
		for i := range 40 {
			p.items = append(p.items, tracking.Remote{Key: tracking.Key{Carrier: "sto", Number: fmt.Sprint(40*n + i)}, Attrs: title})
		}
		if err := l.take(p); err != nil {
			if !errors.Is(err, ErrInconclusive) || !strings.Contains(err.Error(), "MiB of it are not kept") || n < 400 {
				t.Errorf("page %d: %v", n, err)
			}
			return
		}
	}
	t.Error("there is no end")
}
