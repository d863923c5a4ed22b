package shared

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"sync/atomic"
	"time"

	"github.com/tmsync/tmsync/state"
)

// packState writes a state, compressed, into memory: customers' data goes into no
// temporary file, and a million trackings take some 60 MB.
func packState(write func(io.Writer) error) (*stateRef, *blocks, error) {
	packed := &blocks{}
	z, err := gzip.NewWriterLevel(packed, gzip.BestSpeed)
	if err != nil {
		return nil, nil, err
	}
	plain := &counted{sum: sha256.New()}
	if err := write(io.MultiWriter(plain, z)); err != nil {
		return nil, nil, err
	}
	if err := z.Close(); err != nil {
		return nil, nil, err
	}
	ref := &stateRef{Hash: hex.EncodeToString(plain.sum.Sum(nil)), Bytes: plain.n, Stored: packed.size}
	first, _, _ := bytes.Cut(plain.first, []byte("\n"))
	var header struct {
		Lineage string `json:"lineage"`
		Serial  uint64 `json:"serial"`
	}
	if err := json.Unmarshal(first, &header); err != nil {
		return nil, nil, fmt.Errorf("the state has no header: %w", err)
	}
	ref.Lineage, ref.Serial = header.Lineage, header.Serial
	ref.Blob = stateName(ref.Serial, ref.Hash)
	return ref, packed, nil
}

// counted hashes and counts what is written, and keeps the beginning.
type counted struct {
	sum   hash.Hash
	n     int64
	first []byte
}

func (c *counted) Write(b []byte) (int, error) {
	const header = 64 << 10
	c.first = append(c.first, b[:min(len(b), max(header-len(c.first), 0))]...)
	c.n += int64(len(b))
	return c.sum.Write(b)
}

// putBlob writes a blob, as often as need be.
func (s *link) putBlob(ctx context.Context, name string, r io.ReadSeeker, size int64) error {
	most := blobTime + time.Duration(size/slowRate)*time.Second
	return s.retry(ctx, most, max(writeFor, 2*most), func(ctx context.Context) error {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return err
		}
		return s.engine.PutBlob(ctx, name, size, r)
	})
}

// blob reads a small blob.
func (s *link) blob(ctx context.Context, name string) (content []byte, err error) {
	err = s.retry(ctx, headTime, readFor, func(ctx context.Context) error {
		r, err := s.engine.Blob(ctx, name)
		if err != nil {
			return err
		}
		content, err = io.ReadAll(io.LimitReader(r, maxHeadSole))
		return errors.Join(err, r.Close())
	})
	return content, err
}

// openState opens a state's blob.
func (s *link) openState(ctx context.Context, ref stateRef) (io.ReadCloser, error) {
	var body io.ReadCloser
	var cancel context.CancelCauseFunc
	err := s.retry(ctx, headTime, readFor, func(call context.Context) error {
		// The call ends when the blob is open; its body goes on until it is closed.
		open, end := context.WithCancelCause(ctx)
		inTime := context.AfterFunc(call, func() { end(context.Cause(call)) })
		r, err := s.engine.Blob(open, ref.Blob)
		if !inTime() && err == nil {
			err = errors.Join(context.Cause(call), r.Close())
		}
		if err != nil {
			end(err)
			return err
		}
		body, cancel = r, end
		return nil
	})
	if err != nil {
		return nil, err
	}
	idle := &idleReader{r: body, cancel: cancel, timer: time.AfterFunc(blobTime, func() { cancel(errIdle) })}
	z, err := gzip.NewReader(idle)
	r := &stateReader{store: s, ref: ref, z: z, body: body, idle: idle, sum: sha256.New()}
	if err != nil {
		return nil, errors.Join(r.explain(err), r.close())
	}
	return r, nil
}

var errIdle = fmt.Errorf("nothing has come for %v", blobTime)

// idleReader ends a read of which nothing comes any more.
type idleReader struct {
	r      io.Reader
	cancel context.CancelCauseFunc
	timer  *time.Timer
	failed atomic.Bool
}

func (i *idleReader) Read(b []byte) (int, error) {
	n, err := i.r.Read(b)
	i.timer.Reset(blobTime)
	if err != nil && !errors.Is(err, io.EOF) {
		i.failed.Store(true)
	}
	return n, err
}

// stateReader reads a state, and holds it against the hash in the head.
type stateReader struct {
	store *link
	ref   stateRef
	z     *gzip.Reader
	body  io.Closer
	idle  *idleReader
	sum   hash.Hash
}

// Size is the state's size in bytes.
func (r *stateReader) Size() int64 { return r.ref.Bytes }

func (r *stateReader) Read(b []byte) (int, error) {
	n, err := r.z.Read(b)
	r.sum.Write(b[:n])
	switch {
	case err == nil:
		return n, nil
	case !errors.Is(err, io.EOF):
		return n, r.explain(err)
	case hex.EncodeToString(r.sum.Sum(nil)) != r.ref.Hash:
		return n, r.store.damaged(r.ref, "it is not the one that the head names: its hash is another")
	}
	return n, io.EOF
}

// explain distinguishes damage from a store that does not answer.
func (r *stateReader) explain(err error) error {
	if r.idle.failed.Load() {
		return fmt.Errorf("the store of %s has not sent all of the state: %w", r.store.Name(), err)
	}
	return r.store.damaged(r.ref, "it is damaged: "+err.Error())
}

func (r *stateReader) Close() error { return r.close() }

func (r *stateReader) close() error {
	r.idle.timer.Stop()
	err := r.body.Close()
	r.idle.cancel(context.Canceled)
	return err
}

// damaged returns what to do about a state whose blob is damaged.
func (s *link) damaged(ref stateRef, problem string) error {
	return &state.FormatError{
		File: s.Name(), Offset: -1, Problem: fmt.Sprintf("the blob of the state, %s: %s", ref.Blob, problem),
		Help: "put that blob back from the store's own versions or a backup; or take one of the states before, which tmsync state verify lists: tmsync state pull --serial N > FILE, and tmsync state push --force FILE",
	}
}
