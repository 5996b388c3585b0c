// Package preflight judges a design against what a cloud says about the place
// that it is meant for: what a plan can't know, because a plan asks no cloud.
// It is pure itself; the survey is made by whoever calls it.
package preflight
