package cloud

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"
)

// Parallel is how many calls of one part are in flight at most.
const Parallel = 8

// Each runs work for every key, a few at a time. It goes on after a failure,
// so that the objects which can be made are made and every problem is
// reported at once, in key order.
func Each[V any](ctx context.Context, items map[string]V, work func(ctx context.Context, key string, item V) error) error {
	keys := slices.Sorted(maps.Keys(items))
	problems := make([]error, len(keys))
	var group errgroup.Group
	group.SetLimit(Parallel)
	for i, key := range keys {
		group.Go(func() error {
			problems[i] = work(ctx, key, items[key])
			return nil
		})
	}
	_ = group.Wait() // work's errors are in problems
	return errors.Join(problems...)
}

// Step is one line of a part's table of contents.
type Step func(context.Context) error

// InOrder runs steps one after the other, up to the first that fails.
func InOrder(steps ...Step) Step {
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

// Together runs steps that don't depend on each other, and reports every
// failure.
func Together(steps ...Step) Step {
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

// Ledger collects what a run makes, so that a failure can report it even
// where nothing can be read any more. It is safe for concurrent use.
type Ledger struct {
	mu      sync.Mutex
	objects map[string]string
	changed bool
}

// Made notes an object by its component key.
func (l *Ledger) Made(component, id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.objects == nil {
		l.objects = map[string]string{}
	}
	l.objects[component] = id
	l.changed = true
}

// Gone notes that an object was removed.
func (l *Ledger) Gone(component string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.objects, component)
	l.changed = true
}

// Touched notes a change that made no object.
func (l *Ledger) Touched() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.changed = true
}

// Snapshot returns the objects noted so far, and whether anything changed.
func (l *Ledger) Snapshot() (map[string]string, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return maps.Clone(l.objects), l.changed
}
