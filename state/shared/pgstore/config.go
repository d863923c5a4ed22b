package pgstore

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tmsync/tmsync/state/shared/settings"
)

// Config is the backend block. What conn_str leaves out comes from where libpq looks
// for it: PG* variables, the service file, the password file. A schema and a name that
// are empty are DefaultSchema and DefaultName.
type Config settings.PG

// What is used where nothing is said.
const (
	DefaultSchema = "tmsync"
	DefaultName   = "default"
)

// mostName is what PostgreSQL keeps of an identifier.
const mostName = 63

func (c Config) check() error {
	if len(c.Schema) > mostName {
		return fmt.Errorf("schema_name of the pg backend has %d bytes: PostgreSQL keeps %d of a name", len(c.Schema), mostName)
	}
	if strings.ContainsRune(c.Schema+c.Name, 0) {
		return errors.New("a name of the pg backend has a zero byte")
	}
	return nil
}

// connection reads where to connect. Its errors have nothing of what was given:
// where it cannot be read, nobody knows which part of it is the password.
func (c Config) connection() (*pgconn.Config, error) {
	config, err := pgconn.ParseConfig(c.ConnStr)
	if err != nil {
		return nil, fmt.Errorf("conn_str of the pg backend (or PG_CONN_STR, or a PG* variable) cannot be used: %s; it is postgres://user@host:5432/database?sslmode=verify-full, or host=… user=… dbname=… sslmode=…", unreadable(err))
	}
	if config.ValidateConnect == nil && !strings.Contains(c.ConnStr, "target_session_attrs") {
		// A standby answers with what was there before the last swap.
		config.ValidateConnect = pgconn.ValidateConnectTargetSessionAttrsPrimary
	}
	config.RuntimeParams["application_name"] = applicationName(config.RuntimeParams["application_name"])
	config.OnNotice = func(*pgconn.PgConn, *pgconn.Notice) {}
	return config, nil
}

func applicationName(given string) string {
	if given == "" {
		return "tmsync"
	}
	return given
}

// unreadable is which setting cannot be used, in words of ours.
func unreadable(err error) string {
	for _, setting := range []struct{ said, words string }{
		{"service", "its service is not in the service file"},
		{"CA file", "its sslrootcert cannot be read"},
		{"cert", "its sslcert or sslkey cannot be read"},
		{"TLS", "its sslmode is unknown, or a certificate is missing"},
		{"connect_timeout", "its connect_timeout is no number"},
		{"invalid port", "its port is no number"},
		{"target_session_attrs", "its target_session_attrs is unknown"},
	} {
		if strings.Contains(afterConnStr(err), setting.said) {
			return setting.words
		}
	}
	return "it is not written as a connection string"
}

// afterConnStr is the part of a message that follows the string itself.
func afterConnStr(err error) string {
	s := err.Error()
	return s[strings.LastIndex(s, "`")+1:]
}

// place names the server and the database for people: host, port unless it is the
// usual one, database.
func place(c *pgconn.Config) string {
	host := c.Host
	if strings.HasPrefix(host, "/") || host == "" {
		host = "localhost" // a socket
	}
	if c.Port != 5432 && c.Port != 0 {
		host = net.JoinHostPort(host, strconv.Itoa(int(c.Port)))
	}
	database := c.Database
	if database == "" {
		database = c.User
	}
	return host + "/" + database
}
