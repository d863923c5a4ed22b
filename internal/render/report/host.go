package report

import (
	"fmt"
	"io/fs"
	"regexp"
	"strings"
)

// Host is where people see the files of the repository that a run has read. Of a nil
// one nothing is seen.
type Host struct {
	files string
	path  func(file string) (string, bool)
	known map[string]string // addresses, by the names of files
}

// mostAddress is how long an address may be, in bytes, to be worth its place.
const mostAddress = 500

// hostAddress is what may stand in an address that comes from a runner's variables. It
// needs no escaping, in Markdown or HTML.
var hostAddress = regexp.MustCompile(`^https://[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*(:[0-9]{1,5})?(/[A-Za-z0-9._-]+)+$`)

// NewHost returns the host that shows a commit's files below an address. It is nil if
// the address does not begin with "https://", or has anything but a host and a path.
// path returns a file's name relative to the top of the repository, with slashes, and
// whether the file is in the repository.
func NewHost(files string, path func(file string) (string, bool)) *Host {
	climbs := strings.Contains(files+"/", "/./") || strings.Contains(files+"/", "/../")
	if len(files) > mostAddress || climbs || !hostAddress.MatchString(files) {
		return nil
	}
	return &Host{files, path, map[string]string{}}
}

// file is the address of a file, "" for none.
func (h *Host) file(name string) string {
	if h == nil || name == "" {
		return ""
	}
	address, ok := h.known[name]
	if !ok {
		if path, in := h.path(name); in && path != "." && fs.ValidPath(path) {
			// As text and not as a table, whose lines are other ones.
			if address = h.files + "/" + escapePath(path) + "?plain=1"; len(address) > mostAddress {
				address = ""
			}
		}
		h.known[name] = address
	}
	return address
}

// line is the address of a line of a file, "" for none.
func (h *Host) line(name string, line int) string {
	address := h.file(name)
	if address == "" || line < 1 {
		return address
	}
	return fmt.Sprintf("%s#L%d", address, line)
}

// escapePath encodes a path for an address. What could be markup is not left in it.
func escapePath(path string) string {
	var b strings.Builder
	for i := range len(path) {
		c := path[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '/', c == '.', c == '-', c == '_':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}
