package sandbox_test

import (
	"fmt"
	"testing"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// BenchmarkBatch creates 40 trackings a time.
func BenchmarkBatch(b *testing.B) {
	s := newServer(b, sandbox.Options{Credits: 1 << 40})
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		names := make([]string, sandbox.MaxItems)
		for i := range names {
			names[i] = fmt.Sprintf("NUMBER%09d", n)
			n++
		}
		resp, err := send(s, "POST", "/v2/trackings/batch", batchOf("sto", names...))
		if err != nil || resp.ContentLength < 1000 {
			b.Fatal(resp, err)
		}
	}
}

// BenchmarkListAll reads an account of 100,000 page by page.
func BenchmarkListAll(b *testing.B) {
	const pages = 50
	s := newServer(b, sandbox.Options{})
	rows := make([]sandbox.Row, pages*sandbox.MaxPage)
	for i, n := range numbers("NUMBER", len(rows)) {
		rows[i] = sandbox.Row{Carrier: "sto", Number: n, Title: "Order " + n, CustomerEmail: n + "@example.org"}
	}
	if err := s.Put(rows...); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		for page := range pages {
			resp, err := send(s, "GET", fmt.Sprintf("/v2/trackings/get?limit=2000&page=%d&created_at_max=2000000000", page+1), "")
			if err != nil || resp.ContentLength < 1<<20 {
				b.Fatalf("a page of %d bytes, %v", resp.ContentLength, err)
			}
		}
	}
}
