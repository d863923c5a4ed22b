package apply_test

import (
	"fmt"
	"os"
	"testing"

	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/sandbox"
	"github.com/tmsync/tmsync/internal/tracking"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// Whatever is declared, whatever somebody else does in between and however the
// service fails: once it stops failing, two applies at the most leave an empty
// plan, and what is not ours is as it was.
func TestConverges(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, done := drawShop(t)
		defer done()
		s.makeTheirs("theirs/99999", "Hands off")
		for range rapid.IntRange(1, 5).Draw(t, "rounds") {
			drawConfiguration(t, s)
			for range rapid.IntRange(0, 2).Draw(t, "strangers") {
				drawStranger(t, s)
			}
			if rapid.Bool().Draw(t, "fails") {
				s.fault(fmt.Sprintf("%s:%d:%s",
					rapid.SampledFrom([]string{"batch", "updatemore", "put", "delete", "delete-one", "update", "notupdate"}).Draw(t, "endpoint"),
					rapid.IntRange(1, 2).Draw(t, "nth"),
					rapid.SampledFrom([]string{"500", "500-applied", "500-half", "drop", "drop-applied", "html", "truncate", "202", "code=4012"}).Draw(t, "kind")))
			}
			if rep := s.apply(func() {
				if rapid.Bool().Draw(t, "stranger meanwhile") {
					drawStranger(t, s)
				}
			}); rep.Err != nil {
				t.Fatal(rep.Err)
			}
		}
		s.srv.ClearFaults()
		s.apply()
		s.apply()
		s.mustBeEmpty()
		if row := s.row("theirs/99999"); row.Title != "Hands off" {
			t.Fatalf("what is not ours became %+v", row)
		}
	})
}

// Whatever is interrupted, refused or edited on the way: in the end the service
// has nothing of ours that is not declared.
func TestNothingIsOrphaned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, done := drawShop(t)
		defer done()
		for range rapid.IntRange(1, 5).Draw(t, "rounds") {
			drawReshuffle(t, s)
			if rapid.Bool().Draw(t, "crashes") {
				s.crash(rapid.IntRange(1, 4).Draw(t, "at write"), rapid.Bool().Draw(t, "before"))
			} else if rep := s.apply(func() { drawEdit(t, s) }); rep.Err != nil {
				t.Fatal(rep.Err)
			}
			s.srv.ClearFaults()
		}
		s.apply()
		s.apply()
		s.mustBeEmpty()
		declared := map[string]bool{}
		for _, d := range s.declared {
			declared[d.Key.String()] = true
		}
		for _, r := range s.srv.Rows() {
			if k := r.Carrier + "/" + r.Number; !declared[k] {
				t.Fatalf("%s is left at the service", k)
			}
		}
	})
}

// drawShop makes an account of either service, with updatemore answering in one
// of its shapes. done removes the shop's folder.
func drawShop(t *rapid.T) (s *shop, done func()) {
	srv, err := sandbox.New(sandbox.Options{
		UpdateShape: rapid.SampledFrom([]sandbox.UpdateShape{sandbox.ShapeErrors, sandbox.ShapeMeta, sandbox.ShapeEmpty}).Draw(t, "shape"),
	})
	if err != nil {
		t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "tmsync-shop")
	if err != nil {
		t.Fatal(err)
	}
	s = &shop{t: t, dir: dir, srv: srv, dialect: trackingmore.TrackingMore(), refresh: true, lag: -1}
	if rapid.IntRange(0, 3).Draw(t, "dialect") == 0 {
		s.dialect = trackingmore.Trackru()
	}
	return s, func() { os.RemoveAll(dir) }
}

// drawReshuffle deals parcels to addresses anew, and makes one of them fail.
func drawReshuffle(t *rapid.T, s *shop) {
	s.declared = nil
	addrs := rapid.Permutation([]string{"tracking.a", "tracking.b", "tracking.c"}).Draw(t, "addresses")
	for i, k := range rapid.SliceOfNDistinct(rapid.SampledFrom(parcelKeys), 0, 3, rapid.ID).Draw(t, "keys") {
		values := rapid.SampledFrom([]string{"title=Red", "title=Blue,customer_phone=+1", "title=Red,comment=x", "title=Red,comment=y"})
		s.declare(addrs[i], k, values.Draw(t, "values"), func(l *tracking.Lifecycle) {
			l.OnMissing = rapid.SampledFrom([]tracking.OnMissing{"recreate", "forget"}).Draw(t, "on_missing")
		})
	}
	if rapid.Bool().Draw(t, "refuses") {
		s.fault(fmt.Sprintf("%s:item=%s=4012",
			rapid.SampledFrom([]string{"batch", "delete", "updatemore"}).Draw(t, "endpoint"), rapid.SampledFrom(parcelKeys).Draw(t, "item")))
	}
	if rapid.Bool().Draw(t, "vanishes") {
		if row, there := drawRow(t, s); there {
			if err := s.srv.Remove(sandbox.Key{Carrier: row.Carrier, Number: row.Number}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func drawEdit(t *rapid.T, s *shop) {
	if row, there := drawRow(t, s); there {
		row.Title = rapid.SampledFrom([]string{"Hers", "Red"}).Draw(t, "edited title")
		if err := s.srv.Put(row); err != nil {
			t.Fatal(err)
		}
	}
}

func drawRow(t *rapid.T, s *shop) (sandbox.Row, bool) {
	k := key(rapid.SampledFrom(parcelKeys).Draw(t, "somebody's key"))
	return s.srv.Row(sandbox.Key{Carrier: k.Carrier, Number: k.Number})
}

var (
	parcelKeys   = []string{"sto/10001", "yto/10001", "zto/10001", "sto/10002", "yto/10002", "sto/10003"}
	parcelValues = []string{
		"", "title=Red", "title=Blue,customer_phone=+1", "customer_phone=+2,logistics_channel=a", "logistics_channel=b,title=",
		"comment=x", "comment=y,lang=en", "archived=true", "archived=false,status=delivered", "status=original", "customer_name=Ann,customer_email=ann@example.org",
	}
)

// drawConfiguration declares some parcels under some addresses.
func drawConfiguration(t *rapid.T, s *shop) {
	values := parcelValues
	if s.dialect.Service(0).Name == "TrackingMore" {
		values = append([]string{"track_updates=false", "track_updates=true"}, values...)
	}
	s.declared = nil
	addrs := rapid.Permutation([]string{"tracking.a", "tracking.b", "tracking.c", "tracking.d"}).Draw(t, "addresses")
	for i, k := range rapid.SliceOfNDistinct(rapid.SampledFrom(parcelKeys), 0, 4, rapid.ID).Draw(t, "keys") {
		s.declare(addrs[i], k, rapid.SampledFrom(values).Draw(t, "values"), func(l *tracking.Lifecycle) {
			l.OnRemove = rapid.SampledFrom([]tracking.OnRemove{"delete", "archive", "forget"}).Draw(t, "on_remove")
			l.OnMissing = rapid.SampledFrom([]tracking.OnMissing{"", "recreate", "forget"}).Draw(t, "on_missing")
		})
	}
}

// drawStranger makes, edits or deletes a parcel as somebody else would.
func drawStranger(t *rapid.T, s *shop) {
	k := rapid.SampledFrom(parcelKeys).Draw(t, "stranger's key")
	row, there := s.srv.Row(sandbox.Key{Carrier: key(k).Carrier, Number: key(k).Number})
	switch rapid.SampledFrom([]string{"put", "remove", "status"}).Draw(t, "stranger's act") {
	case "put":
		row.Carrier, row.Number = key(k).Carrier, key(k).Number
		row.Title = rapid.SampledFrom([]string{"Hers", "Red"}).Draw(t, "stranger's title")
		if err := s.srv.Put(row); err != nil {
			t.Fatal(err)
		}
	case "remove":
		if there {
			if err := s.srv.Remove(sandbox.Key{Carrier: row.Carrier, Number: row.Number}); err != nil {
				t.Fatal(err)
			}
		}
	case "status":
		if there {
			status := rapid.SampledFrom([]string{"transit", "delivered", "expired"}).Draw(t, "status")
			if err := s.srv.SetStatus(sandbox.Key{Carrier: row.Carrier, Number: row.Number}, status); err != nil {
				t.Fatal(err)
			}
		}
	}
}
