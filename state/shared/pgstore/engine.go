// Package pgstore keeps a shared state in two tables of PostgreSQL. It uses plain
// rows, one statement after the other, and neither sessions nor advisory locks: a
// pooler in transaction mode is no different from the server.
package pgstore

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/tmsync/tmsync/state/shared"
)

// engine keeps the head as a row, and blobs as rows of a MiB each. The head's
// version is random in every write.
type engine struct {
	config Config
	place  string
	tables tables
	pool   *pool
}

// Open returns the engine of a state in a database. It does not connect.
func Open(_ context.Context, c Config) (shared.Engine, error) {
	if c.Schema == "" {
		c.Schema = DefaultSchema
	}
	if c.Name == "" {
		c.Name = DefaultName
	}
	if err := c.check(); err != nil {
		return nil, err
	}
	connection, err := c.connection()
	if err != nil {
		return nil, err
	}
	return &engine{config: c, place: place(connection), tables: tablesOf(c.Schema), pool: &pool{config: connection}}, nil
}

func (e *engine) Name() string { return "pg://" + e.place + "/" + e.config.Name }

func (e *engine) Limits() shared.Limits { return shared.Limits{Parts: true, Fenced: true} }

func (e *engine) Head(ctx context.Context) ([]byte, string, error) { return e.read(ctx, e.config.Name) }

func (e *engine) read(ctx context.Context, name string) ([]byte, string, error) {
	rows, err := e.pool.query(ctx, "SELECT head, version FROM "+e.tables.heads+" WHERE name = $1", text(name))
	if noTables(err) {
		return nil, "", nil
	}
	if err != nil || len(rows) == 0 {
		return nil, "", e.explain("reading the head", err)
	}
	return rows[0][0], string(rows[0][1]), nil
}

func (e *engine) SwapHead(ctx context.Context, old string, data []byte) (string, error) {
	return e.swap(ctx, e.config.Name, old, data)
}

// swap replaces a row if it is in version old. Its statement asks for the disk by
// itself, whatever synchronous_commit is for others.
func (e *engine) swap(ctx context.Context, name, old string, data []byte) (string, error) {
	version := rand.Text()
	statement, values := "INSERT INTO "+e.tables.heads+" (name, version, head) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
		[]value{text(name), text(version), binary(data)}
	if old != "" {
		statement = "UPDATE " + e.tables.heads + " SET version = $2, head = $3 WHERE name = $1 AND version = $4"
		values = append(values, text(old))
	}
	var changed int64
	err := e.creating(ctx, func() (err error) {
		changed, err = e.pool.change(ctx, statement, values...)
		return err
	})
	switch {
	case err != nil:
		return "", e.explain("writing the head", err)
	case changed == 0:
		return "", shared.ErrConflict
	}
	return version, nil
}

// partSize is that of a blob's row.
const partSize = 1 << 20

// PutBlob writes all rows of a blob in one transaction.
func (e *engine) PutBlob(ctx context.Context, name string, size int64, r io.ReadSeeker) error {
	err := e.creating(ctx, func() error {
		if _, err := r.Seek(0, io.SeekStart); err != nil {
			return err
		}
		return e.pool.use(ctx, func(c *connection) error {
			return c.transaction(ctx, func() error { return e.putParts(ctx, c, name, size, r) })
		})
	})
	return e.explain("writing "+name, err)
}

func (e *engine) putParts(ctx context.Context, c *connection, name string, size int64, r io.Reader) error {
	statement := "INSERT INTO " + e.tables.blobs + " (state, name, part, parts, data) VALUES ($1, $2, $3::int, $4::int, $5) ON CONFLICT DO NOTHING"
	parts := int((size + partSize - 1) / partSize)
	buffer := make([]byte, min(size, partSize))
	for part := range max(parts, 1) { // an empty blob has a row as well
		n, err := io.ReadFull(io.LimitReader(r, size-int64(part)*partSize), buffer)
		if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
			return err
		}
		if want := min(size-int64(part)*partSize, partSize); int64(n) != want {
			return fmt.Errorf("the blob ends after %d bytes of its part %d: %w", n, part, io.ErrUnexpectedEOF)
		}
		if _, _, err := c.exec(ctx, step{statement, []value{text(e.config.Name), text(name), number(part), number(max(parts, 1)), binary(buffer[:n])}}); err != nil {
			return err
		}
	}
	return nil
}

// Blob returns a reader that asks for one row after the other.
func (e *engine) Blob(ctx context.Context, name string) (io.ReadCloser, error) {
	b := &blob{ctx: ctx, engine: e, name: name}
	if err := b.next(); err != nil {
		return nil, err
	}
	return b, nil
}

// blob reads the parts of a blob. It holds no connection in between.
type blob struct {
	ctx         context.Context
	engine      *engine
	name        string
	left        []byte
	part, parts int
}

func (b *blob) next() error {
	rows, err := b.engine.pool.query(b.ctx, "SELECT data, parts::text FROM "+b.engine.tables.blobs+" WHERE state = $1 AND name = $2 AND part = $3::int",
		text(b.engine.config.Name), text(b.name), number(b.part))
	if noTables(err) || err == nil && len(rows) == 0 {
		return shared.ErrNoBlob
	}
	if err != nil {
		return b.engine.explain("reading "+b.name, err)
	}
	b.left, b.part = rows[0][0], b.part+1
	b.parts, err = strconv.Atoi(string(rows[0][1]))
	return err
}

func (b *blob) Read(p []byte) (int, error) {
	for len(b.left) == 0 {
		if b.part >= b.parts {
			return 0, io.EOF
		}
		if err := b.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, b.left)
	b.left = b.left[n:]
	return n, nil
}

func (b *blob) Close() error {
	b.left, b.part, b.parts = nil, 0, 0
	return nil
}

func (e *engine) DeleteBlob(ctx context.Context, name string) error {
	_, err := e.pool.change(ctx, "DELETE FROM "+e.tables.blobs+" WHERE state = $1 AND name = $2", text(e.config.Name), text(name))
	if noTables(err) {
		return nil
	}
	return e.explain("deleting "+name, err)
}

func (e *engine) Blobs(ctx context.Context) ([]shared.BlobInfo, time.Time, error) {
	var blobs []shared.BlobInfo
	rows, err := e.pool.query(ctx, "SELECT name, extract(epoch FROM min(stored))::bigint::text FROM "+e.tables.blobs+" WHERE state = $1 GROUP BY name ORDER BY name", text(e.config.Name))
	if err != nil && !noTables(err) {
		return nil, time.Time{}, e.explain("listing the blobs", err)
	}
	for _, row := range rows {
		stored, err := seconds(row[1])
		if err != nil {
			return nil, time.Time{}, err
		}
		blobs = append(blobs, shared.BlobInfo{Name: string(row[0]), Stored: stored})
	}
	rows, err = e.pool.query(ctx, "SELECT extract(epoch FROM clock_timestamp())::bigint::text")
	if err != nil {
		return nil, time.Time{}, e.explain("asking for the time", err)
	}
	now, err := seconds(rows[0][0])
	return blobs, now, err
}

func seconds(b []byte) (time.Time, error) {
	n, err := strconv.ParseInt(string(b), 10, 64)
	return time.Unix(n, 0).UTC(), err
}

func (e *engine) Probe(name string) shared.Register {
	name = e.config.Name + "/" + name // the name of a row beside the head's
	return shared.Register{
		Read: func(ctx context.Context) ([]byte, string, error) { return e.read(ctx, name) },
		Swap: func(ctx context.Context, old string, data []byte) (string, error) {
			return e.swap(ctx, name, old, data)
		},
		Remove: func(ctx context.Context) error {
			_, err := e.pool.change(ctx, "DELETE FROM "+e.tables.heads+" WHERE name = $1", text(name))
			if noTables(err) {
				return nil
			}
			return e.explain("removing the probe", err)
		},
	}
}
