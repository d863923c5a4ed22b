package pgstore_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/pgstore"
	"github.com/tmsync/tmsync/state/shared/storetest"
)

const secret = "pg-secret-for-tests"

func expectNoSecret(t *testing.T, err error) {
	t.Helper()
	if err != nil && (strings.Contains(err.Error(), secret) || strings.ContainsAny(err.Error(), "\r\n")) {
		t.Errorf("the error has the password, or several lines: %q", err)
	}
}

func expectPermanent(t *testing.T, err error, says string) {
	t.Helper()
	if permanent := (*shared.PermanentError)(nil); !errors.As(err, &permanent) || !strings.Contains(err.Error(), says) {
		t.Errorf("the error is %v; want one for good that says %q", err, says)
	}
	expectNoSecret(t, err)
}

// TestConfig says nothing of a connection string that cannot be read.
func TestConfig(t *testing.T) {
	for conn, says := range map[string]string{
		"postgres://user:" + secret + "@host:port/db":                             "it is postgres://",
		"postgres://user:" + secret + "/@host/db":                                 "it is postgres://",
		"postgres://user:" + secret + "@host/db?sslmode=maybe":                    "sslmode",
		"postgres://user:" + secret + "@host/db?connect_timeout=long":             "connect_timeout",
		"postgres://user:" + secret + "@host/db?target_session_attrs=all":         "target_session_attrs",
		"host=h password='" + secret:                                              "it is postgres://",
		"host=h password=" + secret + " sslmode=verify-full sslrootcert=none.pem": "sslrootcert",
		"host=h password=" + secret + " service=none servicefile=none":            "service",
		secret: "it is postgres://",
	} {
		_, err := pgstore.Open(t.Context(), pgstore.Config{ConnStr: conn})
		if err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: the error is %v; want one that says %q", conn, err, says)
		}
		expectNoSecret(t, err)
	}
	for conn, name := range map[string]string{
		"postgres://user:" + secret + "@db.example.com/parcels":             "pg://db.example.com/parcels/default",
		"postgres://user:" + secret + "@db.example.com:6432/parcels":        "pg://db.example.com:6432/parcels/default",
		"host=/run/postgresql user=user dbname=parcels":                     "pg://localhost/parcels/default",
		"host=db1.example.com,db2.example.com user=user password=" + secret: "pg://db1.example.com/user/default",
	} {
		if e := open(t, pgstore.Config{ConnStr: conn}); e.Name() != name {
			t.Errorf("the state is named %s, want %s", e.Name(), name)
		}
	}
	t.Setenv("PGHOST", "of.the.environment")
	t.Setenv("PGDATABASE", "parcels")
	if e := open(t, pgstore.Config{Name: "prod"}); e.Name() != "pg://of.the.environment/parcels/prod" {
		t.Errorf("the state is named %s", e.Name())
	}
	if _, err := pgstore.Open(t.Context(), pgstore.Config{Schema: strings.Repeat("s", 64)}); err == nil {
		t.Error("a schema's name that PostgreSQL would cut is taken")
	}
}

// TestUnreachable says where nobody answers, and with what nobody is let in.
func TestUnreachable(t *testing.T) {
	e := open(t, pgstore.Config{ConnStr: "postgres://user:" + secret + "@127.0.0.1:1/db?sslmode=disable"})
	_, _, err := e.Head(t.Context())
	if err == nil || !strings.Contains(err.Error(), "127.0.0.1") {
		t.Errorf("the error is %v", err)
	}
	expectNoSecret(t, err)
}

// database is the real one, asked beside the engine.
type database struct {
	t      *testing.T
	u      *url.URL
	schema string
}

func server(t *testing.T) database {
	return database{t, storetest.Real(t, storetest.RealPG), fmt.Sprintf("t%d", rand.Uint64())}
}

func (d database) do(statements ...string) string {
	d.t.Helper()
	c, err := pgconn.Connect(d.t.Context(), d.u.String())
	if err != nil {
		d.t.Fatal(err)
	}
	defer c.Close(context.Background())
	var last string
	for _, s := range statements {
		results, err := c.Exec(d.t.Context(), s).ReadAll()
		if err != nil {
			d.t.Fatalf("%s: %v", s, err)
		}
		if r := results[len(results)-1]; len(r.Rows) > 0 {
			last = string(r.Rows[0][0])
		}
	}
	return last
}

// as is the backend for a role of that name, which is made.
func (d database) as(role, settings string) pgstore.Config {
	d.t.Helper()
	role += d.schema
	d.do("CREATE ROLE " + role + " LOGIN PASSWORD '" + secret + "'")
	if settings != "" {
		d.do("ALTER ROLE " + role + " " + settings)
	}
	u := *d.u
	u.User = url.UserPassword(role, secret)
	return pgstore.Config{ConnStr: u.String(), Schema: d.schema}
}

func (d database) owner() pgstore.Config {
	return pgstore.Config{ConnStr: d.u.String(), Schema: d.schema}
}

// TestRoles lets a role that may only read read, and says to others what they miss.
func TestRoles(t *testing.T) {
	d := server(t)
	reader := d.as("reader", "SET default_transaction_read_only = on")
	if data, _, err := open(t, reader).Head(t.Context()); data != nil || err != nil {
		t.Errorf("where there is no schema yet a reader reads %q, %v", data, err)
	}
	_, err := open(t, reader).SwapHead(t.Context(), "", []byte("{}"))
	expectPermanent(t, err, "connect to the primary")
	_, err = open(t, d.as("other", "")).SwapHead(t.Context(), "", []byte("{}"))
	expectPermanent(t, err, "permission denied for database")

	skip := d.owner()
	skip.SkipTableCreation = true
	_, err = open(t, skip).SwapHead(t.Context(), "", []byte("{}"))
	expectPermanent(t, err, "CREATE TABLE")

	owner := open(t, d.owner())
	version, err := owner.SwapHead(t.Context(), "", []byte(`{"n":1}`))
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.PutBlob(t.Context(), "state-1-00", 3, strings.NewReader("abc")); err != nil {
		t.Fatal(err)
	}
	_, _, err = open(t, reader).Head(t.Context())
	expectPermanent(t, err, "USAGE on the schema")
	role := "reader" + d.schema
	d.do("GRANT USAGE ON SCHEMA "+d.schema+" TO "+role, "GRANT SELECT ON ALL TABLES IN SCHEMA "+d.schema+" TO "+role)
	if data, v, err := open(t, reader).Head(t.Context()); string(data) != `{"n":1}` || v != version || err != nil {
		t.Errorf("a reader reads %q, %v", data, err)
	}
	if blobs, _, err := open(t, reader).Blobs(t.Context()); len(blobs) != 1 || err != nil {
		t.Errorf("a reader's blobs: %v, %v", blobs, err)
	}
	if r, err := open(t, reader).Blob(t.Context(), "state-1-00"); err != nil {
		t.Error(err)
	} else if err := r.Close(); err != nil {
		t.Error(err)
	}

	wrong := d.owner()
	wrong.ConnStr = strings.Replace(wrong.ConnStr, secret, "wrong", 1)
	_, _, err = open(t, wrong).Head(t.Context())
	expectPermanent(t, err, "password")
}

// TestTablesInAGivenSchema serves a role that may not create a schema.
func TestTablesInAGivenSchema(t *testing.T) {
	d := server(t)
	c := d.as("writer", "")
	d.do("CREATE SCHEMA "+d.schema, "GRANT USAGE, CREATE ON SCHEMA "+d.schema+" TO writer"+d.schema)
	if _, err := open(t, c).SwapHead(t.Context(), "", []byte("{}")); err != nil {
		t.Fatal(err)
	}
}

// TestDurable waits for the disk also where the role is set not to.
func TestDurable(t *testing.T) {
	d := server(t)
	open(t, d.owner()).SwapHead(t.Context(), "", []byte("{}"))
	c := d.as("hasty", "SET synchronous_commit = off")
	role := "hasty" + d.schema
	d.do("GRANT USAGE ON SCHEMA "+d.schema+" TO "+role, "GRANT ALL ON ALL TABLES IN SCHEMA "+d.schema+" TO "+role,
		"CREATE TABLE "+d.schema+".seen (setting text)", "GRANT ALL ON "+d.schema+".seen TO "+role,
		"CREATE FUNCTION "+d.schema+".see() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO "+d.schema+".seen VALUES (current_setting('synchronous_commit')); RETURN NULL; END $$",
		"CREATE CONSTRAINT TRIGGER heads AFTER INSERT OR UPDATE ON "+d.schema+".heads DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "+d.schema+".see()",
		"CREATE CONSTRAINT TRIGGER blobs AFTER INSERT OR UPDATE ON "+d.schema+".blobs DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION "+d.schema+".see()")
	c.Name = "hasty"
	e := open(t, c)
	version, err := e.SwapHead(t.Context(), "", []byte("{}"))
	if err == nil {
		_, err = e.SwapHead(t.Context(), version, []byte("[]"))
	}
	if err == nil {
		err = e.PutBlob(t.Context(), "state-1-00", 3, strings.NewReader("abc"))
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := d.do("SELECT string_agg(setting, ' ') FROM " + d.schema + ".seen"); got != "on on on" {
		t.Errorf("synchronous_commit at the end of the transactions: %q", got)
	}
}

// TestConnectionKilled goes on with another connection. What was in the one that
// was killed is an error, of which nothing is known.
func TestConnectionKilled(t *testing.T) {
	d := server(t)
	c := d.owner()
	c.ConnStr += "&application_name=" + d.schema
	e := open(t, c)
	version, err := e.SwapHead(t.Context(), "", []byte("{}"))
	if err != nil {
		t.Fatal(err)
	}
	d.do("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE application_name = '" + d.schema + "'")
	_, err = e.SwapHead(t.Context(), version, []byte("[]"))
	if permanent := (*shared.PermanentError)(nil); err == nil || errors.Is(err, shared.ErrConflict) || errors.As(err, &permanent) {
		t.Errorf("a write on a connection that was killed: %v", err)
	}
	expectNoSecret(t, err)
	if _, err := e.SwapHead(t.Context(), version, []byte("[]")); err != nil {
		t.Errorf("the next one: %v", err)
	}
}

// TestTwoServers takes the one that answers.
func TestTwoServers(t *testing.T) {
	d := server(t)
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := dead.Addr().String()
	dead.Close()
	u := *d.u
	u.Host = address + "," + d.u.Host // the first of two does not answer
	e := open(t, pgstore.Config{ConnStr: u.String(), Schema: d.schema})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := e.SwapHead(ctx, "", []byte("{}")); err != nil {
		t.Errorf("with two servers: %v", err)
	}
	if !strings.HasPrefix(e.Name(), "pg://"+address) {
		t.Errorf("the state is named %s", e.Name())
	}
}
