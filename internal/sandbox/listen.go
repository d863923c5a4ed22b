package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"time"

	"github.com/tmsync/tmsync/internal/loopback"
)

// Listen opens a listener on a loopback address, such as 127.0.0.1:8080 or
// localhost:0: whoever reaches the sandbox can do everything.
func Listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %q: %w; write HOST:PORT, for example 127.0.0.1:8080", addr, err)
	}
	if !loopback.Host(host) {
		return nil, fmt.Errorf("listening on %q: the sandbox serves this machine only; write 127.0.0.1, [::1] or localhost in front of the port", addr)
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listening on %q: %w", addr, err)
	}
	if tcp, ok := ln.Addr().(*net.TCPAddr); !ok || !tcp.IP.IsLoopback() {
		return nil, errors.Join(fmt.Errorf("listening on %q: the name means %s, which is not this machine alone", addr, ln.Addr()), ln.Close())
	}
	return ln, nil
}

// shutdownTime is how long requests under way may take once the server stops.
const shutdownTime = 5 * time.Second

// Serve answers requests from a listener until the context ends; then it finishes
// what is under way and returns nil. Requests that hang by a fault are let go. The
// listener is closed in any case.
func (s *Server) Serve(ctx context.Context, ln net.Listener) error {
	srv := &http.Server{
		Handler:           s,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute,
		WriteTimeout:      10 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ErrorLog:          log.New(io.Discard, "", 0),
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
		defer cancel()
		err := srv.Shutdown(grace)
		if err != nil {
			err = errors.Join(err, srv.Close())
		}
		stopped <- err
	})
	err := srv.Serve(ln)
	if stop() { // it failed by itself
		return fmt.Errorf("serving the sandbox: %w", errors.Join(err, srv.Close()))
	}
	if err := <-stopped; err != nil {
		return fmt.Errorf("stopping the sandbox: %w", err)
	}
	return nil
}
