package awscloud

import (
	"context"
	"sync"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// How parts are built is the same on every cloud; these are the short names.
type step = cloud.Step

var (
	inOrder  = cloud.InOrder
	together = cloud.Together
)

func each[V any](ctx context.Context, items map[string]V, work func(ctx context.Context, key string, item V) error) error {
	return cloud.Each(ctx, items, work)
}

// ledger collects what a run makes; mu guards what else it collects.
type ledger struct {
	cloud.Ledger
	mu sync.Mutex
}

func (l *ledger) made(component, id string)           { l.Made(component, id) }
func (l *ledger) gone(component string)               { l.Gone(component) }
func (l *ledger) touched()                            { l.Touched() }
func (l *ledger) snapshot() (map[string]string, bool) { return l.Snapshot() }
