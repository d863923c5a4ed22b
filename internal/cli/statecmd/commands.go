// Package statecmd is the commands that inspect the state and change it by hand.
package statecmd

import "github.com/tmsync/tmsync/internal/cli/app"

// Commands are those of this package, in the order of the help.
func Commands() []app.Command {
	return []app.Command{
		stateListCommand(), stateShowCommand(), stateMvCommand(), stateRmCommand(),
		statePullCommand(), statePushCommand(), stateVerifyCommand(), forceUnlockCommand(),
	}
}
