// Package sandbox is a cloud in a box: a store, a clock, seeded ids, fault
// rules and a journal, behind the cloud's own wire. The wires themselves are
// APIs (package awsapi, package azureapi) that the caller composes:
//
//	box, err := sandbox.Open(".kready/sandbox.json", sandbox.Options{
//		APIs: []sandbox.API{awsapi.New()},
//	})
//	client := &http.Client{Transport: box.Transport()} // in process, no port
//	server := &http.Server{Handler: box.Handler()}     // or on loopback
//
// # The store
//
// All state is one JSON file. Every request is one transaction (Tx): take the
// lock file, read the file if another process wrote it since, run the
// operation, write the file if something changed, append one line to the
// journal, release. So a plan, an apply and a destroy in three processes, and
// several provider aliases in one, see one cloud. A store has a realm id
// (sandbox-1a2b3c4d) by which a state file can tell this cloud from any other.
//
// A service keeps its objects in tables of its own Go types:
//
//	type vpc struct {
//		sandbox.Meta        // id, region, name, tags, pending, hidden
//		CIDR string `json:"cidr"`
//	}
//	var vpcs = sandbox.NewTable[vpc]("aws", "ec2/vpc")
//
//	v, ok := vpcs.Get(tx, "eu-west-1", "vpc-0abc…")
//	v.CIDR = "10.0.0.0/16"
//	vpcs.Put(tx, v) // what is changed must be put back, or it is not kept
//
// # Time
//
// Nothing waits for real minutes. The clock is the machine's plus an offset
// that can be advanced (Sandbox.Advance), and a long operation makes progress
// by polls of its own object only: the object holds a Progress, and each
// describe of that object takes one step. Fifty pollers of fifty objects do
// not age each other's.
//
// # What it promises
//
// It enforces what the cloud enforces, with the cloud's own error codes, and
// what it does not model is answered with the cloud's own "not implemented",
// never with a pretended success. It imports no cloud SDK, so it cannot repeat
// an adapter's mistake; only its tests use the SDKs, as judges.
//
// Request and response bodies, credentials and secrets are never journalled.
package sandbox
