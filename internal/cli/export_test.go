package cli

// What the tests look at from inside.

// Watchdog is what looks after the reading of a configuration.
type Watchdog = watchdog

// Look is its one method.
var Look = (*watchdog).look
