package awscloud

import (
	"context"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// How to wait and how to survive an interruption is the same on every cloud;
// these are the short names.
var (
	readBack = cloud.ReadBack
	brief    = cloud.Brief
	pause    = cloud.Pause
)

func commit[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	return cloud.Commit(ctx, call)
}

func persist[T any](ctx context.Context, poll cloud.Poll, looks int, passes func(error) bool, call func(context.Context) (T, error)) (T, error) {
	return cloud.Persist(ctx, poll, looks, passes, call)
}

// freshLooks is how often an object that was just made may be missing before
// that counts as an answer: half a minute or more on a real cloud.
const freshLooks = 12

// settle runs a change that refers to objects made a moment ago: "not found"
// may only mean "not visible yet".
func settle[T any](ctx context.Context, poll cloud.Poll, call func(context.Context) (T, error)) (T, error) {
	return persist(ctx, brief(poll), freshLooks, isNotFound, func(ctx context.Context) (T, error) {
		return commit(ctx, call)
	})
}

// retryFresh repeats a create that refers to objects made a moment ago, while
// those can't be seen. It is used inside [create], which does the committing.
func retryFresh[T any](ctx context.Context, poll cloud.Poll, call func(context.Context) (T, error)) (T, error) {
	return persist(ctx, brief(poll), freshLooks, isNotFound, call)
}
