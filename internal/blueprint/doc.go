// Package blueprint decides what a cluster should be. It turns a [Spec], the
// words that a person wrote, into a [Design], in which every key, name and
// address range is settled, and reports every problem on the way as a
// [Finding] with its attribute path and what to do.
//
// The package is pure: the same spec and the same [Prior] give the same
// design, in any process and in any order, because Terraform plans twice and
// demands the same answer. So there is no clock, no randomness, no file and
// no network here; dated facts come from package catalog, address arithmetic
// from package cidr.
//
// One vocabulary serves everybody: the json names of these types are the
// attribute names of the Terraform schema, of blueprint files and of plan
// JSON, and their doc tags are the attribute descriptions. The provider
// derives its schema from them, so a schema can't drift from its model.
package blueprint
