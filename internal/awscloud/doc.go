// Package awscloud realizes designs on AWS through aws-sdk-go-v2. It is one
// implementation of the contract in package cloud; nothing outside main and
// the acceptance tests imports it.
//
// # How a part is built
//
// Every part of a cluster reads the cloud once, in a few batched calls, into a
// view: the raw objects by component key. Three things are done with a view.
// Find turns it into a design, so that a plan shows what differs. Ensure
// compares it with the wanted design and goes through a table of steps, each
// of which looks before it creates. Delete takes from it what carries the
// resource's own token.
//
// # How drift shows
//
// A design has words for what people decide, and no word for everything that
// somebody can change behind its back: the DNS switches of a VPC, the private
// DNS name of an endpoint, the tags of one subnet of twelve. Such drift is
// shown as a remark in brackets on the nearest word, such as type =
// "interface (private DNS off)", made by [remark]. No design ever holds a
// remark, so it is always a difference, a person reads in the plan what
// happened, and Ensure repairs it. A remark is never put on a field that
// can't change in place.
//
// # How a crash is survived
//
// Objects are tagged in the call that creates them, wherever the API allows
// it, and found by those tags (or by their place in an object that is ours)
// before any create. A create that takes no idempotency token is not retried
// by the SDK while its outcome is unknown: [create] looks for the object
// first. A call that changes something is not cut short by an interruption
// (see [commit]), so that what it made is known and reported.
package awscloud
