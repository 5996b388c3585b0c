package awscloud

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// parallel is how many calls of one part are in flight at most.
const parallel = 8

// each runs work for every key, a few at a time. It goes on after a failure,
// so that the objects which can be made are made and every problem is
// reported at once, in key order.
func each[V any](ctx context.Context, items map[string]V, work func(ctx context.Context, key string, item V) error) error {
	keys := slices.Sorted(maps.Keys(items))
	problems := make([]error, len(keys))
	var group errgroup.Group
	group.SetLimit(parallel)
	for i, key := range keys {
		group.Go(func() error {
			problems[i] = work(ctx, key, items[key])
			return nil
		})
	}
	_ = group.Wait() // work's errors are in problems
	return errors.Join(problems...)
}

// step is one line of a part's table of contents.
type step func(context.Context) error

// inOrder runs steps one after the other, up to the first that fails.
func inOrder(steps ...step) step {
	return func(ctx context.Context) error {
		for _, run := range steps {
			if err := context.Cause(ctx); err != nil {
				return err
			}
			if err := run(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

// together runs steps that don't depend on each other, and reports every
// failure.
func together(steps ...step) step {
	return func(ctx context.Context) error {
		problems := make([]error, len(steps))
		var group sync.WaitGroup
		for i, run := range steps {
			group.Go(func() { problems[i] = run(ctx) })
		}
		group.Wait()
		return errors.Join(problems...)
	}
}

// ledger collects what a run makes, so that a failure can report it even
// where nothing can be read any more. It is safe for concurrent use.
type ledger struct {
	mu      sync.Mutex
	objects map[string]string
	changed bool
}

// made notes an object by its component key.
func (l *ledger) made(component, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.objects == nil {
		l.objects = map[string]string{}
	}
	l.objects[component] = id
	l.changed = true
}

// gone notes that an object was removed.
func (l *ledger) gone(component string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.objects, component)
	l.changed = true
}

// touched notes a change that made no object.
func (l *ledger) touched() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed = true
}

// snapshot returns the objects noted so far, and whether anything changed.
func (l *ledger) snapshot() (map[string]string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.objects), l.changed
}
