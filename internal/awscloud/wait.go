package awscloud

import (
	"context"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// grace is how long a call that changes something may go on after the run was
// interrupted. Terraform itself waits for the provider after the first Ctrl-C.
const grace = 20 * time.Second

// commit runs a call that changes something. It is not started once ctx has
// ended; once started it is not cut short, because a create whose answer is
// thrown away leaves an object that nobody reports.
func commit[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
	if err := context.Cause(ctx); err != nil {
		var none T
		return none, err
	}
	detached, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-detached.Done():
		}
	})
	defer stop()
	return call(detached)
}

// readBack is the context in which what exists is read after a failure or an
// interruption.
func readBack(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), callTimeout)
}

// brief is for what passes in seconds: a new object that is not visible yet,
// a new role that can't be assumed yet.
func brief(poll cloud.Poll) cloud.Poll {
	poll.First = max(poll.First/5, time.Millisecond)
	poll.Max = max(poll.Max/5, poll.First)
	return poll
}

// pause waits as long as the poll's first wait.
func pause(ctx context.Context, poll cloud.Poll) error {
	first := true
	return poll.Until(ctx, "", func(context.Context) (bool, string, error) {
		done := !first
		first = false
		return done, "waiting", nil
	})
}

// persist repeats a call while its error is one that passes by itself, up to
// looks times; then it returns that error.
func persist[T any](ctx context.Context, poll cloud.Poll, looks int, passes func(error) bool, call func(context.Context) (T, error)) (T, error) {
	var result T
	var last error
	count := 0
	err := poll.Until(ctx, "", func(ctx context.Context) (bool, string, error) {
		result, last = call(ctx)
		count++
		return last == nil || !passes(last) || count >= looks, "refused", nil
	})
	if last != nil {
		return result, last
	}
	return result, err
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
