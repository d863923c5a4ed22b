package trackingmore_test

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"

	"pgregory.net/rapid"

	"github.com/tmsync/tmsync/internal/tracking"
)

// sentTitle returns the body of a change of a title.
func sentTitle(t *testing.T, title string) string {
	t.Helper()
	var body []byte
	c := newClient(t, transport(func(req *http.Request) (*http.Response, error) {
		_, body, _ = bytes.Cut(dump(t, req), []byte("\n\n"))
		return reply(200, meta(4001)), nil
	}))
	c.Send(background(), tracking.OpUpdate, []tracking.Item{
		{Key: key("sto", "11111"), Attrs: attrs(map[tracking.Attr]string{tracking.Title: title})}, {Key: key("ups", "22222")},
	})
	return string(bytes.TrimSuffix(body, []byte("\n")))
}

// checkTitle checks that a text is sent to the letter as encoding/json writes it.
func checkTitle(t interface{ Errorf(string, ...any) }, title, sent string) {
	quoted, err := json.Marshal(title)
	want := `[{"tracking_number":"11111","carrier_code":"sto","title":` + string(quoted) + `},{"tracking_number":"22222","carrier_code":"ups"}]`
	if err != nil || sent != want {
		t.Errorf("sent\n%s\nwant\n%s", sent, want)
	}
}

func TestBytesOnTheWire(t *testing.T) {
	for c := range 256 {
		title := string([]byte{'a', byte(c), 'z'})
		checkTitle(t, title, sentTitle(t, title))
	}
}

func TestTextsOnTheWire(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		title := rapid.String().Draw(r, "title")
		checkTitle(r, title, sentTitle(t, title))
	})
}
