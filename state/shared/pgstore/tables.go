package pgstore

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tmsync/tmsync/state/shared"
)

// tables are the names of ours, quoted, and what creates them.
type tables struct{ schema, heads, blobs string }

func tablesOf(schema string) tables {
	quoted := quote(schema)
	return tables{schema: quoted, heads: quoted + ".heads", blobs: quoted + ".blobs"}
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func (t tables) createSchema() string { return "CREATE SCHEMA IF NOT EXISTS " + t.schema }

func (t tables) createHeads() string {
	return "CREATE TABLE IF NOT EXISTS " + t.heads + " (name text PRIMARY KEY, version text NOT NULL, head bytea NOT NULL)"
}

func (t tables) createBlobs() string {
	return "CREATE TABLE IF NOT EXISTS " + t.blobs + " (state text, name text, part int, parts int NOT NULL, data bytea NOT NULL, " +
		"stored timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (state, name, part))"
}

// creating calls f, and once more after creating what it misses.
func (e *engine) creating(ctx context.Context, f func() error) error {
	err := f()
	if !noTables(err) {
		return err
	}
	if err := e.create(ctx); err != nil {
		return err
	}
	return f()
}

// create makes schema and tables. Who may not create a schema may still do so with
// tables in one that is there.
func (e *engine) create(ctx context.Context) error {
	t := e.tables
	if e.config.SkipTableCreation {
		return &shared.PermanentError{Err: fmt.Errorf("there are no tables for the state, and skip_table_creation says not to create them; somebody who may does so by: %s; %s; %s", t.createSchema(), t.createHeads(), t.createBlobs())}
	}
	return e.pool.use(ctx, func(c *connection) error {
		return c.transaction(ctx, func() error {
			// Two that create at once would trip over each other, in spite of IF NOT EXISTS.
			if _, _, err := c.exec(ctx, step{"SELECT pg_advisory_xact_lock(hashtext($1))", []value{text("tmsync " + t.schema)}}); err != nil {
				return err
			}
			there, _, err := c.exec(ctx, step{"SELECT 1 FROM pg_namespace WHERE nspname = $1", []value{text(e.config.Schema)}})
			if err != nil {
				return err
			}
			create := []step{{statement: t.createHeads()}, {statement: t.createBlobs()}}
			if len(there) == 0 && !e.config.SkipSchemaCreation {
				create = append([]step{{statement: t.createSchema()}}, create...)
			}
			_, _, err = c.exec(ctx, create...)
			return err
		})
	})
}

func code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return ""
}

// noTables reports whether schema or tables are not there.
func noTables(err error) bool {
	c := code(err)
	return c == "42P01" || c == "3F000"
}

// explain returns what was refused and what to do, in one line. An error that
// another try may change stays as it is.
func (e *engine) explain(what string, err error) error {
	var permanent *shared.PermanentError
	if err == nil || errors.As(err, &permanent) {
		return err
	}
	said := fmt.Errorf("%s: %w", what, oneLine{err})
	c := code(err)
	if len(c) != 5 {
		return said
	}
	hint := ""
	switch {
	case c == "42501":
		hint = fmt.Sprintf("; reading needs USAGE on the schema %s and SELECT on its tables, writing INSERT, UPDATE and DELETE as well, and the first run may create them", e.tables.schema)
	case c == "25006":
		hint = "; connect to the primary, with a role that may write"
	}
	// By class: no access, no database, no such schema or name, read-only, not supported.
	if strings.Contains(" 28 3D 3F 42 25 22 54 0A ", " "+c[:2]+" ") {
		return &shared.PermanentError{Err: fmt.Errorf("%w%s", said, hint)}
	}
	return said
}

// oneLine is an error whose text has one line: pgx lists the addresses it tried.
type oneLine struct{ err error }

func (o oneLine) Error() string { return strings.Join(strings.Fields(o.err.Error()), " ") }
func (o oneLine) Unwrap() error { return o.err }
