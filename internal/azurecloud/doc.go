// Package azurecloud realizes designs on Azure through azure-sdk-for-go. It is
// one implementation of the contract in package cloud; nothing outside main and
// the acceptance tests imports it.
//
// # How a part is built
//
// ARM is uniform: whatever exists is a document at an id, and is read, written
// and deleted alike. So a part is a list of things (thing.go): where each is,
// what of its body kready manages, and its tags. The bodies are written with
// the SDK's models, so that the compiler knows their members. One engine (run.go)
// looks at all of them at once, judges whose they are, writes the ones that
// differ, waits for Azure's operations, and deletes what carries the resource's
// own token. The file of a part says which things there are, in which order,
// and how the design is read back from them.
//
// # How drift shows
//
// Observing a part builds the design from what is there, and the things from
// that design again. Whatever of them still differs from what is there has no
// word in the design: it becomes a remark under tags (see [run.remarks]), names
// the member, and is written back by the next Ensure. So every managed member
// shows, also those that nobody thought of here.
//
// # Whose something is
//
// What has tags is judged by them. What has none either stands inside something
// that has (a subnet, a credential, a maintenance window), or keeps its marks in
// a text of its own: the description of a role assignment, the notes of a lock.
// Its name is derived from what it is, so that a second run finds the first
// one's.
//
// # How a crash is survived
//
// Every id follows from the design, and writing something twice is writing it
// once. Nothing is written before it was looked at. A write is not cut short by
// an interruption (see [cloud.Commit]); one that goes on in Azure is found by
// its provisioning state and waited for.
package azurecloud
