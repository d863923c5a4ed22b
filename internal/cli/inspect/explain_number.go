package inspect

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

// maxCalledSo is how many trackings are listed where a number names several.
const maxCalledSo = 10

// named is a tracking of the configuration or of the state.
type named struct {
	addr tracking.Addr
	key  tracking.Key
}

// calledSo returns the address of the only tracking that a number names. It is the
// tracking's own number, the order's, or the key of its row.
func calledSo(w *app.Workspace, number string) (tracking.Addr, error) {
	own, err := tracking.CanonicalNumber(number)
	if err != nil {
		own = number // which may be an order's
	}
	means := func(n named, attrs *tracking.Attrs) bool {
		_, _, key := n.addr.Split()
		order, _ := attrs.Get(tracking.OrderID)
		return n.key.Number == own || key == number || order == number
	}
	var found []named
	for i := range w.Config.Declared {
		d := &w.Config.Declared[i]
		if n := (named{d.Addr, d.Key}); means(n, &d.Attrs) {
			found = append(found, n)
		}
	}
	st := w.Session.State()
	for i := range st.Records {
		rec := &st.Records[i]
		n := named{rec.Addr, rec.Key}
		if means(n, &rec.Applied) && !slices.ContainsFunc(found, func(other named) bool { return other.addr == n.addr || other.key == n.key }) {
			found = append(found, n)
		}
	}
	switch len(found) {
	case 0:
		return "", fmt.Errorf("neither the configuration nor the state has the number %s; a tracking that only the service has is named by its key, CARRIER/NUMBER, such as sto/402934299065", text.Quote(number))
	case 1:
		return found[0].addr, nil
	}
	var words []string
	for i, n := range found {
		if i == maxCalledSo {
			words = append(words, fmt.Sprintf("and %s more", text.Count(len(found)-i)))
			break
		}
		words = append(words, fmt.Sprintf("%s (%s)", n.key, n.addr))
	}
	return "", fmt.Errorf("several trackings have the number %s; name one of them by its key or its address: %s", text.Quote(number), strings.Join(words, ", "))
}
