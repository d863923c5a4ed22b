package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// service is a sandbox in a process of its own, on a loopback address. So its work
// is not counted as its client's.
type service struct {
	cmd     *exec.Cmd
	address string // such as http://127.0.0.1:41357
}

// startService starts an empty service that answers 429 above a rate in requests
// a second; 0 is no limit.
func startService(ctx context.Context, binary string, rate, credits int) (*service, error) {
	cmd := exec.CommandContext(ctx, binary, "sandbox", "--listen=127.0.0.1:0", "--rate="+strconv.Itoa(rate), "--credits="+strconv.Itoa(credits))
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("starting the service: %w", err)
	}
	s := &service{cmd: cmd}
	text := bufio.NewReader(out)
	line, err := text.ReadString('\n')
	_, after, found := strings.Cut(line, "http://")
	host, _, whole := strings.Cut(after, "/")
	if err != nil || !found || !whole {
		return nil, errors.Join(fmt.Errorf("starting the service: it does not tell where it is: %q", line), err, s.stop())
	}
	s.address = "http://" + host
	go io.Copy(io.Discard, text) // ends with the process
	return s, nil
}

// env points tmsync at the service.
func (s *service) env() []string {
	return []string{"TMSYNC_ENDPOINT=" + s.address + "/v2", "TRACKINGMORE_API_KEY=bench-key"}
}

// busy is the processor time that the service has taken so far.
func (s *service) busy() (time.Duration, error) { return busyTime(s.cmd.Process.Pid) }

// requests returns how many requests have come so far.
func (s *service) requests(ctx context.Context) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address+"/_sandbox/requests", nil)
	if err != nil {
		return 0, fmt.Errorf("counting requests: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, fmt.Errorf("counting requests: %w", err)
	}
	counts := map[string]int{}
	err = json.NewDecoder(resp.Body).Decode(&counts)
	if err := errors.Join(err, resp.Body.Close()); err != nil {
		return 0, fmt.Errorf("counting requests: %w", err)
	}
	sum := 0
	for _, n := range counts {
		sum += n
	}
	return sum, nil
}

// stop ends the service.
func (s *service) stop() error {
	err := s.cmd.Process.Signal(os.Interrupt)
	if err != nil { // where there are no signals
		err = s.cmd.Process.Kill()
	}
	if waited := s.cmd.Wait(); err == nil && !ended(waited) {
		err = waited
	}
	if err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("ending the service: %w", err)
	}
	return nil
}

// ended reports whether a process ended as it was told to.
func ended(err error) bool {
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err == nil
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	return ok && status.Signaled()
}
