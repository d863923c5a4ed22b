package sandbox

import (
	"fmt"
	"strconv"
)

// distort applies the fault to a list's answer. Where the list has nothing to show,
// only one without an end has.
func (f *Fault) distort(s *Server, c *call, a answer) answer {
	switch {
	case f.kind == kindEndless && c.dialect.isV4():
		return s.endlessV4(c)
	case f.kind == kindEndless:
		return s.endless(c)
	}
	if page, ok := a.data.(pageOfV4); ok {
		if f.kind == kindShown {
			a.data = page[:min(f.shown, len(page))]
		}
		return a // it says of no total
	}
	page, ok := a.data.(*listPage)
	if !ok {
		return a
	}
	switch f.kind {
	case kindShown:
		page.Items = page.Items[:min(f.shown, len(page.Items))]
		page.Count = len(page.Items)
	case kindTotal:
		if page.Total = f.arg; f.arg == "none" {
			page.Total = ""
		}
	}
	return answer{code: a.code, data: page}
}

// endless is a page of a list without an end.
func (s *Server) endless(c *call) answer {
	p, _ := c.params()
	n, _ := p.number("page", 1)
	limit, _ := p.number("limit", 100)
	limit = min(limit, MaxPage)
	items := make([]item, limit)
	for i := range items {
		items[i] = s.newItem(&Row{Carrier: "endless", Number: fmt.Sprintf("E%09d", (n-1)*limit+i)})
	}
	return answer{code: codeOK, data: &listPage{n, limit, strconv.Itoa((n + 2) * limit), limit, items}}
}
