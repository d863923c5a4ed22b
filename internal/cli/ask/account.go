package ask

import (
	"bufio"
	"context"
	"fmt"
	"time"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/engine"
	"github.com/tmsync/tmsync/internal/render"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/tracking"
)

func accountCommand() app.Command {
	return app.Command{
		Name: "account", Summary: "Show the account's credits, and its trackings by status",
		Examples: `
tmsync account
tmsync account --json`,
		Help: `
Asks the service for the account behind the API key: how many more trackings it
may create, and how many it has of each status. The account itself is shown as a
fingerprint, the state's, and never in clear. Nothing is changed.

Trackru does not report any of this.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			o, asJSON := &app.OpenOptions{}, false
			o.ReadFlags(fs)
			fs.BoolVar(&asJSON, "json", false, "as JSON")
			return func(ctx context.Context, _ []string) error { return account(ctx, a, o, asJSON) }
		},
	}
}

// accountDocument is the output of "account --json".
type accountDocument struct {
	Provider    string         `json:"provider"`
	Fingerprint string         `json:"fingerprint"`    // as the state keeps it
	Known       bool           `json:"known"`          // the state has a fingerprint
	Same        bool           `json:"same_as_state"`  // and it is this one
	Credits     int            `json:"credits"`        // trackings that may still be created
	Money       string         `json:"money"`          // as the service writes it
	Registered  *time.Time     `json:"registered"`     // null where the service does not say
	Total       int            `json:"trackings"`      // of all statuses
	ByStatus    map[string]int `json:"by_live_status"` // how many of each

	counts []tracking.StatusCount
}

func account(ctx context.Context, a *app.App, o *app.OpenOptions, asJSON bool) (err error) {
	w, err := a.Open(ctx, o, engine.Reading)
	if err != nil {
		return err
	}
	defer w.Leave(&err)
	service := w.Client.Service()
	if !service.Answers(tracking.QueryStatusCount) {
		return app.Fail("The service cannot tell", fmt.Sprintf("%s has no call that tells of the account or counts its trackings. %s "+
			"Its own pages show the credits; \"tmsync plan --refresh=full\" counts what is there.", service.Name, whatItCan(service)))
	}
	account, err := w.Client.AccountDetails(ctx)
	if err != nil {
		return engine.Unread(ctx, "The account could not be read", err)
	}
	counts, err := w.Client.StatusCounts(ctx)
	if err != nil {
		return engine.Unread(ctx, "The trackings could not be counted", err)
	}
	st := w.Session.State()
	doc := accountDocument{
		Provider: service.Name, Fingerprint: st.AccountFingerprint(account.Identity), Known: st.Account != "",
		Credits: account.Credits, Money: account.Money, ByStatus: map[string]int{}, counts: counts,
	}
	doc.Same = doc.Known && doc.Fingerprint == st.Account
	if !account.Registered.IsZero() {
		doc.Registered = &account.Registered
	}
	for _, c := range counts {
		doc.Total += c.Count
		doc.ByStatus[c.Status] = c.Count
	}
	if asJSON {
		return app.Written(text.WriteJSON(app.Exact(a.Stdout), doc))
	}
	return app.Written(app.Flushed(bufio.NewWriter(a.Stdout), doc.text(a.OutStyle())))
}

// text writes the account for people.
func (d *accountDocument) text(s render.Style) func(*bufio.Writer) error {
	return func(w *bufio.Writer) error {
		fmt.Fprintf(w, "%s\n\n", render.Bold(s, "Account at "+d.Provider))
		rows := [][]string{{"Fingerprint", d.Fingerprint + " (" + d.belongs() + ")"}, {"Credits", text.Count(d.Credits)}}
		if d.Money != "" {
			rows = append(rows, []string{"Money", d.Money})
		}
		if d.Registered != nil {
			rows = append(rows, []string{"Registered", d.Registered.Format(time.DateOnly)})
		}
		app.WriteRows(w, "  ", rows)
		fmt.Fprintf(w, "\n%s\n\n", render.Bold(s, text.Plural(d.Total, "tracking")))
		rows = nil
		for _, c := range d.counts {
			rows = append(rows, []string{c.Status, text.Count(c.Count)})
		}
		app.WriteRows(w, "  ", rows)
		return nil
	}
}

// belongs reports whether the account is the one that the state was written with.
func (d *accountDocument) belongs() string {
	switch {
	case d.Same:
		return "the state's account"
	case d.Known:
		return "not the account that the state was written with"
	}
	return "the state knows no account yet"
}
