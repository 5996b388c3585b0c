package cloud

import (
	"context"
	"time"
)

// readBackTimeout bounds reading what exists after a failure.
const readBackTimeout = time.Minute

// grace is how long a call that changes something may go on after the run was
// interrupted. Terraform itself waits for the provider after the first Ctrl-C.
const grace = 20 * time.Second

// Commit runs a call that changes something. It is not started once ctx has
// ended; once started it is not cut short, because a create whose answer is
// thrown away leaves an object that nobody reports.
func Commit[T any](ctx context.Context, call func(context.Context) (T, error)) (T, error) {
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

// ReadBack is the context in which what exists is read after a failure or an
// interruption.
func ReadBack(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), readBackTimeout)
}

// Brief is for what passes in seconds: a new object that is not visible yet,
// a new role that can't be assumed yet.
func Brief(poll Poll) Poll {
	poll.First = max(poll.First/5, time.Millisecond)
	poll.Max = max(poll.Max/5, poll.First)
	return poll
}

// Pause waits as long as the poll's first wait.
func Pause(ctx context.Context, poll Poll) error {
	first := true
	return poll.Until(ctx, "", func(context.Context) (bool, string, error) {
		done := !first
		first = false
		return done, "waiting", nil
	})
}

// Persist repeats a call while its error is one that passes by itself, up to
// looks times; then it returns that error.
func Persist[T any](ctx context.Context, poll Poll, looks int, passes func(error) bool, call func(context.Context) (T, error)) (T, error) {
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
