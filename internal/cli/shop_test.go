package cli_test

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/tmsync/tmsync/internal/sandbox"
)

// The shop is what every interrupted apply works on: a state and a service as an
// apply of shopBefore left them, and the configuration shopAfter, whose apply
// takes some of everything:
//
//	new           9 creates, which with the replacement make 3 batches of 4, and
//	              an update that archives each
//	titled        6 updates, in batches shared with the others
//	phoned        2 PUTs
//	moving        a change of carrier, and an update
//	replaced      a replacement under the same key
//	stopping      an end of updating
//	shelved       an archiving, for it is not declared any more
//	removed       5 deletes: 4 in a batch, and the last by itself
//	renamed       another address, without a request
//	found         an adoption of a tracking that is not ours yet, and an update
//	kept          2 that stay as they are
//
// Beside them are trackings of somebody else, which nothing may touch.
const shopProvider = `
provider "trackingmore" {
  requests_per_second = 0
  batch_size          = 4
  timeout             = "20s"
}

safety {
  max_deletes = 100
}
`

const shopBefore = shopProvider + `
tracking "titled" {
  for_each        = { for i in range(6) : "k${i}" => "TITLED${i}" }
  carrier_code    = "sto"
  tracking_number = each.value
  title           = "Old"
  customer_name   = "` + shopName + `"
  customer_email  = "` + shopMail + `"
}

tracking "phoned" {
  for_each        = { for i in range(2) : "k${i}" => "PHONED${i}" }
  carrier_code    = "sto"
  tracking_number = each.value
  customer_phone  = "+1555"
}

tracking "moving" {
  carrier_code    = "sto"
  tracking_number = "MOVING1"
  title           = "Old"
}

tracking "replaced" {
  carrier_code    = "sto"
  tracking_number = "REPLACED1"
  comment         = "Old"
}

tracking "stopping" {
  carrier_code    = "sto"
  tracking_number = "STOPPING1"
}

tracking "shelved" {
  carrier_code    = "sto"
  tracking_number = "SHELVED1"
  lifecycle {
    on_remove = "archive"
  }
}

tracking "removed" {
  for_each        = { for i in range(5) : "k${i}" => "REMOVED${i}" }
  carrier_code    = "sto"
  tracking_number = each.value
}

tracking "named" {
  carrier_code    = "sto"
  tracking_number = "NAMED1"
}

tracking "kept" {
  for_each        = { for i in range(2) : "k${i}" => "KEPT${i}" }
  carrier_code    = "sto"
  tracking_number = each.value
  title           = "Kept"
}
`

const shopAfter = shopProvider + `
tracking "new" {
  for_each        = { for i in range(9) : "k${i}" => "NEW10${i}" }
  carrier_code    = "sto"
  tracking_number = each.value
  title           = "New"
  customer_name   = "` + shopName + `"
  customer_email  = "` + shopMail + `"
  archived        = true
}

tracking "titled" {
  for_each        = { for i in range(6) : "k${i}" => "TITLED${i}" }
  carrier_code    = "sto"
  tracking_number = each.value
  title           = "New"
  customer_name   = "` + shopName + `"
  customer_email  = "` + shopMail + `"
}

tracking "phoned" {
  for_each        = { for i in range(2) : "k${i}" => "PHONED${i}" }
  carrier_code    = "sto"
  tracking_number = each.value
  customer_phone  = "` + shopPhone + `"
}

tracking "moving" {
  carrier_code    = "dhl"
  tracking_number = "MOVING1"
  title           = "New"
}

tracking "replaced" {
  carrier_code    = "sto"
  tracking_number = "REPLACED1"
  comment         = "New"
}

tracking "stopping" {
  carrier_code    = "sto"
  tracking_number = "STOPPING1"
  track_updates   = false
}

tracking "renamed" {
  carrier_code    = "sto"
  tracking_number = "NAMED1"
}

tracking "kept" {
  for_each        = { for i in range(2) : "k${i}" => "KEPT${i}" }
  carrier_code    = "sto"
  tracking_number = each.value
  title           = "Kept"
}

tracking "found" {
  carrier_code    = "sto"
  tracking_number = "FOUND1"
  title           = "New"
}
`

// What may show up nowhere but at the service, and with it the API key.
const (
	shopKey      = "canary-key-5f1c9d0e"
	shopStateKey = "canary-state-key-77"
	shopName     = "Canary Vogel"
	shopMail     = "canary.vogel@example.org"
	shopPhone    = "+4930901820"
)

// theirs are trackings that are not ours, and one that will be.
func theirs() []sandbox.Row {
	rows := []sandbox.Row{{Carrier: "sto", Number: "FOUND1", Title: "Old"}}
	for i := range 4 {
		rows = append(rows, sandbox.Row{
			Carrier: "theirs", Number: fmt.Sprint("90000", i), Title: "Hands off", Comment: "Not ours", CustomerPhone: "+1777",
		})
	}
	return append(rows, sandbox.Row{Carrier: "theirs", Number: "NEW100", Title: "Hands off"})
}

// untouched reports whether an apply of the shop has no business with a tracking.
func untouched(r sandbox.Row) bool {
	return r.Carrier == "theirs" || strings.HasPrefix(r.Number, "KEPT") || r.Number == "NAMED1"
}

// shop is the shop before the apply, and what an apply that nobody interrupts
// makes of it.
type shop struct {
	binary string // tmsync itself
	root   string // directory for the directories of trials
	files  map[string][]byte
	rows   []sandbox.Row
	done   outcome
}

// outcome is what an apply leaves.
type outcome struct {
	Files   []string      // names in the directory
	Records string        // the state without its header
	Rows    []sandbox.Row // at the service, without the times that depend on the run
	Creates map[sandbox.Key]int
	Credits int
}

// shops are the shop and the new one, each opened for the first test that needs it.
var shops [2]struct {
	once   sync.Once
	opened *shop
}

// openShop returns the shop, with a place of the test's own for its trials. A new one
// has neither a state nor trackings of its own yet: the apply of shopAfter is its first.
func openShop(t *testing.T, isNew bool) *shop {
	t.Helper()
	one := &shops[0]
	if isNew {
		one = &shops[1]
	}
	one.once.Do(func() { one.opened = firstShop(t, isNew) })
	if one.opened == nil {
		t.Fatal("another test could not open the shop")
	}
	s := *one.opened
	s.root = t.TempDir()
	return &s
}

// firstShop opens a shop.
func firstShop(t *testing.T, isNew bool) *shop {
	t.Helper()
	s := &shop{binary: built(t), root: t.TempDir(), files: map[string][]byte{"main.hcl": []byte(shopBefore)}, rows: theirs()}
	if isNew {
		s.files["main.hcl"] = []byte(shopAfter)
	}
	tr := s.trial(t)
	defer tr.close()
	if !isNew {
		must(t, tr.tmsync(0, "apply", "--auto-approve"))
		must(t, os.WriteFile(filepath.Join(tr.dir, "main.hcl"), []byte(shopAfter), 0o600))
	}
	s.rows = tr.srv.Rows()
	for i := range s.rows {
		s.rows[i].Creates = 0 // from now on it is counted
	}
	must(t, filepath.WalkDir(tr.dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			s.files[path[len(tr.dir)+1:]], err = os.ReadFile(path)
		}
		return err
	}))

	tr = s.trial(t)
	defer tr.close()
	must(t, tr.tmsync(0, "apply", "--auto-approve"))
	n := tr.srv.Requests()
	if !isNew && (n["batch"] != 3 || n["put"] != 2 || n["update"] != 1 || n["notupdate"] != 1 || n["delete"] != 1 || n["delete-one"] != 2) {
		t.Fatalf("the apply of the shop asks for %v: it has not some of everything", n)
	}
	var err error
	s.done, err = tr.outcome()
	must(t, err)
	must(t, tr.resume())
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// build is tmsync itself, built for the first test that needs it.
var build struct {
	once sync.Once
	dir  string // of the binary; TestMain removes it
	err  error
}

// built returns the path of tmsync. Without the tables for debuggers it is linked in
// two thirds of the time.
func built(t *testing.T) string {
	t.Helper()
	build.once.Do(func() {
		if build.dir, build.err = os.MkdirTemp("", "tmsync"); build.err != nil {
			return
		}
		if out, err := exec.Command("go", "build", "-ldflags=-s -w", "-o", build.dir, "../..").CombinedOutput(); err != nil {
			build.err = fmt.Errorf("building tmsync: %w\n%s", err, out)
		}
	})
	must(t, build.err)
	return filepath.Join(build.dir, "tmsync")
}
