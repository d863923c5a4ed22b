package ask

import (
	"cmp"
	"context"
	"fmt"
	"io"

	"github.com/spf13/pflag"

	"github.com/tmsync/tmsync/internal/cli/app"
	"github.com/tmsync/tmsync/internal/text"
	"github.com/tmsync/tmsync/internal/trackingmore"
)

// webhookEmail is the variable with the address that the account is registered
// with. It is the key of the signature.
const webhookEmail = "TMSYNC_WEBHOOK_EMAIL"

// maxWebhook bounds the body of a webhook, which has one tracking in it, in bytes.
const maxWebhook = 1 << 20

func webhookVerifyCommand() app.Command {
	return app.Command{
		Name: "webhook verify", Summary: "Check the signature of a webhook on standard input",
		Examples: `
# the body of a request that came in
tmsync webhook verify < body.json`,
		Help: `
Reads the body of a webhook and checks its signature: that whoever sent it knows
the e-mail address that the account is registered with, which is the key. Set it
as ` + webhookEmail + `. It works offline, and needs no configuration.

The service signs the time of the message only. A right signature does not vouch
for the rest of it, and an old one stays right: compare the time, and read what
matters from the service.

Exit codes: 0 when the signature is right; 1 when it is not, or for an error.`,
		Setup: func(a *app.App, fs *pflag.FlagSet) func(context.Context, []string) error {
			var given trackingmore.Signature
			fs.StringVar(&given.MAC, "signature", "", "the signature in `HEX`, instead of the one in the body")
			fs.StringVar(&given.Time, "time", "", "the signed `TEXT` (timeStr), instead of the one in the body")
			return func(context.Context, []string) error { return webhookVerify(a, given) }
		},
	}
}

func webhookVerify(a *app.App, given trackingmore.Signature) error {
	email := a.Environ[webhookEmail]
	if email == "" {
		return app.Fail("No address to check with", fmt.Sprintf("Set %s to the e-mail address that the account is registered with, exactly as it is written there: it is the key of the signature.", webhookEmail))
	}
	body, err := io.ReadAll(io.LimitReader(a.Stdin, maxWebhook+1))
	switch {
	case err != nil:
		return app.Fail("The message cannot be read", text.Sentence(err))
	case len(body) > maxWebhook:
		return app.Fail("The message is too long", fmt.Sprintf("A webhook has one tracking in it; this message has more than %d MiB.", maxWebhook>>20))
	}
	signature, err := trackingmore.WebhookSignature(body)
	if err == nil {
		signature.Time, signature.MAC = cmp.Or(given.Time, signature.Time), cmp.Or(given.MAC, signature.MAC)
		err = signature.Verify(email)
	}
	if err != nil {
		return app.Fail("The webhook cannot be trusted", text.Sentence(err))
	}
	_, err = fmt.Fprintln(a.Stdout, "The signature is right.")
	return app.Written(err)
}
