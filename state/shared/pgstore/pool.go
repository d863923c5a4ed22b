package pgstore

import (
	"context"
	"slices"
	"strconv"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"
)

// pool keeps the connections that nobody uses at the moment. A run rarely has more
// than two: one for the head, one for a blob.
type pool struct {
	config *pgconn.Config
	mu     sync.Mutex
	idle   []*pgconn.PgConn
}

const mostIdle = 2

// use calls f with a connection. One that is broken, or is left in a transaction,
// is closed; after the former the idle ones are not trusted either.
func (p *pool) use(ctx context.Context, f func(*connection) error) error {
	c, err := p.get(ctx)
	if err != nil {
		return err
	}
	err = f(&connection{c})
	if !c.IsClosed() && c.TxStatus() == 'I' && p.put(c) {
		return err
	}
	if c.IsClosed() {
		p.drop(ctx)
	}
	_ = c.Close(ctx) // it is given up
	return err
}

func (p *pool) get(ctx context.Context) (*pgconn.PgConn, error) {
	p.mu.Lock()
	if n := len(p.idle); n > 0 {
		c := p.idle[n-1]
		p.idle = p.idle[:n-1]
		p.mu.Unlock()
		return c, nil
	}
	p.mu.Unlock()
	return pgconn.ConnectConfig(ctx, p.config.Copy())
}

func (p *pool) put(c *pgconn.PgConn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) >= mostIdle {
		return false
	}
	p.idle = append(p.idle, c)
	return true
}

func (p *pool) drop(ctx context.Context) {
	p.mu.Lock()
	idle := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, c := range idle {
		_ = c.Close(ctx)
	}
}

// connection is one to the server, or to a pooler before it.
type connection struct{ c *pgconn.PgConn }

// step is one statement with its values.
type step struct {
	statement string
	values    []value
}

// value is what is sent for a parameter. The server infers its type.
type value struct {
	bytes  []byte
	format int16
}

// PostgreSQL's codes of formats. Text and bytea are the same bytes in binary.
const (
	formatText   int16 = 0
	formatBinary int16 = 1
)

func text(s string) value   { return value{[]byte(s), formatText} }
func number(n int) value    { return text(strconv.Itoa(n)) }
func binary(b []byte) value { return value{b, formatBinary} }

// exec sends statements at once and returns the result of the last one. That is its
// rows, and how many were changed. Outside a transaction they are one by
// themselves. Statements have no names, so that nothing of them stays in the
// server.
func (c *connection) exec(ctx context.Context, steps ...step) (rows [][][]byte, changed int64, err error) {
	batch := &pgconn.Batch{}
	for _, s := range steps {
		var values [][]byte
		var formats []int16
		for _, v := range s.values {
			values, formats = append(values, v.bytes), append(formats, v.format)
		}
		batch.ExecParams(s.statement, values, nil, formats, []int16{formatBinary})
	}
	results, err := c.c.ExecBatch(ctx, batch).ReadAll()
	if err != nil {
		return nil, 0, err
	}
	last := results[len(results)-1]
	return last.Rows, last.CommandTag.RowsAffected(), nil
}

// durable makes its transaction wait for the disk, whatever the database's setting.
var durable = step{statement: "SELECT set_config('synchronous_commit', 'on', true)"}

// transaction calls f between BEGIN and COMMIT. After an error use gives the
// connection up, and with it what was not committed.
func (c *connection) transaction(ctx context.Context, f func() error) error {
	if _, _, err := c.exec(ctx, step{statement: "BEGIN"}, durable); err != nil {
		return err
	}
	if err := f(); err != nil {
		return err
	}
	_, _, err := c.exec(ctx, step{statement: "COMMIT"})
	return err
}

// query returns the rows of one statement that changes nothing.
func (p *pool) query(ctx context.Context, statement string, values ...value) (rows [][][]byte, err error) {
	err = p.use(ctx, func(c *connection) error {
		found, _, err := c.exec(ctx, step{statement, values})
		for _, row := range found {
			rows = append(rows, slices.Clone(row))
		}
		return err
	})
	return rows, err
}

// change carries out one statement, durably, and returns how many rows it changed.
func (p *pool) change(ctx context.Context, statement string, values ...value) (changed int64, err error) {
	err = p.use(ctx, func(c *connection) error {
		_, changed, err = c.exec(ctx, durable, step{statement, values})
		return err
	})
	return changed, err
}
