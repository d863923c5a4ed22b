// Package plan compares three versions of every tracking — declared (the
// files), prior (the state: what was last applied) and remote (the service) —
// and decides what has to change, why, and by which requests.
//
// It is pure: it reads no file, sends nothing and prints nothing. The same
// inputs give the same plan, to the byte.
//
// The decision table, and which blocks and flags bend it, are in README.md: What is
// done, and why.
//
// # How declarations and records meet
//
// Declarations meet their records in three steps: by the exact key, so that a
// block may be renamed freely; then by the address; then by the number, so that
// a parcel which changes carrier and address at once is still one parcel. The
// first step settles swaps and chains of carriers within the declared set: what
// is declared is already there, under another address, and only its attributes
// are written. No two carrier changes can therefore want one key, and their
// order does not matter.
//
// A carrier change whose new key is already at the service is a replacement, and
// like a number change it adopts that key and deletes the old one. Where a
// service has no call for a carrier change, it is a replacement, too.
//
// A number change creates the new tracking and then deletes the old one. Until it
// is deleted the old one is a record of its own, under an address that says so:
// tracking.a (deposed sto/10001). The same happens to a removed tracking whose
// address a declaration takes over. So every tracking of ours has one record at
// any time, and what an interrupted run leaves behind is removed like anything
// else that is no longer declared.
//
// What was adopted (state.Origin) is somebody else's, perhaps: another directory's
// with a state of its own. It goes only where on_remove says so, or where it is
// replaced under its own key, which is what the configuration asks for. Its carrier
// may be changed: that is the same tracking still, and stays adopted.
//
// # What is compared
//
// An attribute that the configuration is silent on is never compared. One that
// the list reports is compared with the list; one that it does not report, with
// what was last applied. status compares with the live status word, but
// "original" and track_updates = true, which cannot be told from the service's
// own doing, only with what was last applied. Of an adopted tracking the
// create-only attributes are left as they are, and noted as such, until the
// configuration changes them: taking over never destroys. What the service keeps
// in another form than it was sent is no difference once that is known: see kept.go.
package plan
