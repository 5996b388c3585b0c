package cloud

import (
	"context"
	"time"
)

// Poll says how long to wait between two looks at something in progress. The
// sandbox uses milliseconds; tests inject Sleep.
type Poll struct {
	First time.Duration // before the second look
	Max   time.Duration // longest wait
	// Sleep waits, or returns the context's error; nil means a real timer.
	Sleep func(ctx context.Context, d time.Duration) error
}

// DefaultPoll suits real clouds: 5 s growing to 30 s.
var DefaultPoll = Poll{First: 5 * time.Second, Max: 30 * time.Second}

// SandboxPoll suits the embedded clouds, which make progress by being asked.
var SandboxPoll = Poll{First: time.Millisecond, Max: 5 * time.Millisecond}

// Until looks until done. look returns done, a word for what it saw last
// ("CREATING"), or an error, which ends the wait. When ctx ends, the error is
// ErrTimeout (or the interruption) with the last word in it.
func (p Poll) Until(ctx context.Context, object string, look func(ctx context.Context) (done bool, last string, err error)) error {
	return p.Paced(ctx, object, func(ctx context.Context) (bool, string, time.Duration, error) {
		done, last, err := look(ctx)
		return done, last, 0, err
	})
}

// Paced is Until for a cloud that says how long to wait: after is the time to
// the next look, 0 where the cloud says nothing.
func (p Poll) Paced(ctx context.Context, object string, look func(ctx context.Context) (done bool, last string, after time.Duration, err error)) error {
	wait := p.First
	if wait <= 0 {
		wait = DefaultPoll.First
	}
	longest := max(p.Max, wait)
	for {
		done, last, after, err := look(ctx)
		if err != nil || done {
			return err
		}
		if after <= 0 {
			after = wait
		}
		if err := p.sleep(ctx, after); err != nil {
			return &Error{
				Kind: ErrTimeout, Object: object, Err: err,
				Reason: "still " + last + " when the wait ended (" + err.Error() + ")",
				Todo:   "The cloud goes on with it. Apply again: kready finds it and carries on. If it needs longer, raise timeouts.",
			}
		}
		wait = min(wait+wait/2, longest)
	}
}

func (p Poll) sleep(ctx context.Context, d time.Duration) error {
	if p.Sleep != nil {
		return p.Sleep(ctx, d)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
