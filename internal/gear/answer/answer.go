// Package answer makes answers that no service should send, for the
// tests of whoever has to live with them.
package answer

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
)

// Render returns the same answer to every request, and closes the connection. The
// answer is an HTTP response as it stands on the wire, but for its line breaks
// and its "Connection" header. In it
//
//	{{NAME}}           is the variable of that name
//	{{hex:ff00}}       is some bytes
//	{{times:N:TEXT}}   is a text N times
//	{{names:N}}        is N members of an object
//	{{gzip:N}}         is N MiB of spaces, compressed
//	{{chunks}}         is chunks without an end
//	{{forever:TEXT}}   is a text a hundred times, and then silence until the client goes
func Render(answer string, vars map[string]string) http.Handler {
	if head, body, ok := strings.Cut(answer, "\n\n"); ok {
		answer = strings.ReplaceAll(head, "\n", "\r\n") + "\r\nConnection: close\r\n\r\n" + body
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// What cannot be read or written here has gone wrong for the client too.
		_, _ = io.Copy(io.Discard, r.Body)
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer conn.Close()
		_ = write(conn, answer, vars)
	})
}

var directive = regexp.MustCompile(`(?s)\{\{(\w+)(?::(.*?))?\}\}`)

// write writes an answer up to the first error: the client has had enough.
func write(conn io.ReadWriter, answer string, vars map[string]string) error {
	for {
		at := directive.FindStringSubmatchIndex(answer)
		if at == nil {
			_, err := io.WriteString(conn, answer)
			return err
		}
		if _, err := io.WriteString(conn, answer[:at[0]]); err != nil {
			return err
		}
		name, arg := answer[at[2]:at[3]], ""
		if at[4] >= 0 {
			arg = answer[at[4]:at[5]]
		}
		if err := direct(conn, name, arg, vars); err != nil {
			return err
		}
		answer = answer[at[1]:]
	}
}

// direct carries out one directive.
func direct(conn io.ReadWriter, name, arg string, vars map[string]string) error {
	count, text, _ := strings.Cut(arg, ":")
	n, _ := strconv.Atoi(count) // 0 for those without a number
	switch name {
	case "hex":
		b, err := hex.DecodeString(arg)
		if err == nil {
			_, err = conn.Write(b)
		}
		return err
	case "times":
		return times(conn, n, []byte(text))
	case "names":
		b := bufio.NewWriterSize(conn, 1<<16) // which keeps the first error
		for i := 0; i < n; i++ {
			_, _ = b.WriteString(`"n` + strconv.Itoa(i) + `":1,`)
		}
		return b.Flush()
	case "gzip":
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		_, _ = z.Write(bytes.Repeat([]byte(" "), 1<<20)) // to memory
		_ = z.Close()
		return times(conn, n, b.Bytes()) // one after the other, they are one stream
	case "chunks":
		for {
			if _, err := io.WriteString(conn, strings.Repeat("8\r\n        \r\n", 4096)); err != nil {
				return err
			}
		}
	case "forever":
		err := times(conn, 100, []byte(arg))
		if err == nil {
			_, err = io.Copy(io.Discard, conn)
		}
		return err
	}
	value, ok := vars[name]
	if !ok {
		return fmt.Errorf("there is no variable %q", name)
	}
	_, err := io.WriteString(conn, value)
	return err
}

// times writes a text n times, in blocks.
func times(w io.Writer, n int, text []byte) error {
	if len(text) == 0 {
		return nil
	}
	together := min(n, 1+1<<16/len(text))
	block := bytes.Repeat(text, together)
	for ; n > 0; n -= together {
		if _, err := w.Write(block[:min(n, together)*len(text)]); err != nil {
			return err
		}
	}
	return nil
}
