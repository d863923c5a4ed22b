// Package ask is the commands that ask the service something, and change nothing.
package ask

import "github.com/tmsync/tmsync/internal/cli/app"

// Commands are those of this package, in the order of the help.
func Commands() []app.Command {
	return []app.Command{
		accountCommand(), trackCommand(), carriersCommand(), carriersDetectCommand(), carriersMatchCommand(),
		queryRemoteCommand(), queryCosttimeCommand(), queryAircargoCommand(), webhookVerifyCommand(),
	}
}
