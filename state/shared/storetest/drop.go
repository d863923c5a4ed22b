package storetest

import (
	"bytes"
	"net"
	"sync/atomic"
	"testing"
)

// Drop stands before a server and loses answers. Every so many-th request in whose
// beginning one of the marks is reaches the server and is carried out, but the
// connection ends before the answer. It does so from Start on.
func Drop(t testing.TB, server string, every int32, marks ...string) (address string, d *Dropper) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	d = &Dropper{server: server, every: every}
	for _, m := range marks {
		d.marks = append(d.marks, []byte(m))
	}
	go func() {
		for {
			c, err := listener.Accept()
			if err != nil {
				return
			}
			go d.serve(c)
		}
	}()
	return listener.Addr().String(), d
}

// Dropper is a way to a server that loses answers.
type Dropper struct {
	server        string
	every         int32
	marks         [][]byte
	started       atomic.Bool
	seen, dropped atomic.Int32
}

// Start begins to lose answers.
func (d *Dropper) Start() { d.started.Store(true) }

// Dropped counts the answers that were lost.
func (d *Dropper) Dropped() int { return int(d.dropped.Load()) }

func (d *Dropper) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", d.server)
	if err != nil {
		return
	}
	defer server.Close()
	var lose atomic.Bool // the next answer
	go func() {
		defer server.Close()
		buffer := make([]byte, 64<<10)
		for {
			n, err := client.Read(buffer)
			if err != nil {
				return
			}
			if d.started.Load() && d.marked(buffer[:n]) && d.seen.Add(1)%d.every == 0 {
				lose.Store(true)
			}
			if _, err := server.Write(buffer[:n]); err != nil {
				return
			}
		}
	}()
	buffer := make([]byte, 64<<10)
	for {
		n, err := server.Read(buffer)
		if err != nil {
			return
		}
		if lose.Load() {
			d.dropped.Add(1)
			return
		}
		if _, err := client.Write(buffer[:n]); err != nil {
			return
		}
	}
}

func (d *Dropper) marked(chunk []byte) bool {
	for _, m := range d.marks {
		if bytes.Contains(chunk, m) {
			return true
		}
	}
	return false
}
