package acceptance

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
	"github.com/kready-io/terraform-provider-kready/internal/proof"
	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// conformance is what both adapters are held to, part by part. A case gets the
// part in a cluster of which everything before it stands.
var conformance = []struct {
	name string
	run  func(t *testing.T, s *standing)
}{
	{"made as designed", conformMade},
	{"ensured again", conformAgain},
	{"strangers", conformStrangers},
	{"denied", conformDenied},
	{"create cut short", conformCreateCut},
	{"delete cut short", conformDeleteCut},
	{"faults", conformFaults},
	{"lost", conformLost},
	{"deleted and made again", conformDeleted},
}

// TestConformance runs the same cases for every part of the same cluster on
// every cloud: the blueprints differ in what must differ, the adapters in
// nothing that the contract speaks of.
func TestConformance(t *testing.T) {
	t.Parallel()
	for _, name := range sortedNames(clouds) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, stage := range stages(t, name) {
				t.Run(stage.subject.ref.Part, func(t *testing.T) {
					t.Parallel()
					for _, c := range conformance {
						t.Run(c.name, func(t *testing.T) { c.run(t, stage.copied(t)) })
					}
				})
			}
		})
	}
}

// conformMade: not found before it is made; then found as it was designed, by
// another process, and by one that knows nothing of it but its name.
func conformMade(t *testing.T, s *standing) {
	ctx := context.Background()
	if _, err := s.subject.find(ctx, s.open(), s.subject.ref, true); !errors.Is(err, cloud.ErrNotFound) && !s.subject.born {
		t.Errorf("before: %v, want not found", err)
	}
	s.agrees(t, "made", s.ensure(t, s.subject.ref, false))
	found, err := s.subject.find(ctx, s.open(), s.subject.ref, true)
	if err != nil {
		t.Fatal(err)
	}
	s.agrees(t, "found by another process", found)
	known := s.subject.ref
	known.Incarnation, known.Token = "", ""
	imported, err := s.subject.find(ctx, s.open(), known, false)
	if err != nil {
		t.Fatal(err)
	}
	s.agrees(t, "imported", imported)
	proof.Record(proof.Adoption, s.cloud, proof.Adapter, 1, t.Failed())
}

// conformAgain: a second ensure changes nothing.
func conformAgain(t *testing.T, s *standing) {
	s.ensure(t, s.subject.ref, false)
	if writes := s.writes(t, func() { s.ensure(t, s.subject.ref, true) }); len(writes) > 0 {
		t.Errorf("changed something: %q", writes)
	}
}

// conformStrangers: another owner is refused before anything is changed, and
// whoever has another token deletes nothing.
func conformStrangers(t *testing.T, s *standing) {
	ctx := context.Background()
	s.ensure(t, s.subject.ref, false)
	stranger := s.subject.ref
	stranger.Owner, stranger.Incarnation, stranger.Token = "others", "inc-2", "token-2"
	writes := s.writes(t, func() {
		if _, err := s.subject.ensure(ctx, s.open(), stranger, s.inputs, false); !errors.Is(err, cloud.ErrOwned) {
			t.Errorf("ensure: %v, want ErrOwned", err)
		}
		if err := s.subject.delete(ctx, s.open(), stranger, cloud.DeleteOptions{}); err != nil {
			t.Errorf("delete: %v", err)
		}
	})
	if len(writes) > 0 {
		t.Errorf("a stranger changed something: %q", writes)
	}
	proof.Record(proof.Adoption, s.cloud, proof.Adapter, 2, t.Failed())
}

// conformDenied: what can't be read is denied, and never taken for gone.
func conformDenied(t *testing.T, s *standing) {
	s.ensure(t, s.subject.ref, false)
	s.fault(t, sandbox.Fault{Times: -1, Status: 403, Code: s.denied})
	seen, err := s.subject.find(context.Background(), s.open(), s.subject.ref, true)
	if !errors.Is(err, cloud.ErrDenied) || errors.Is(err, cloud.ErrNotFound) {
		t.Errorf("find: %v (%+v), want ErrDenied", err, seen)
	}
	if cloud.Todo(err) == "" {
		t.Error("nobody is told what to do")
	}
}

// conformCreateCut: whatever a create was cut short by, and wherever, another
// process that has lost its token finishes it: nothing is doubled, and nothing
// left when it is deleted.
func conformCreateCut(t *testing.T, s *standing) {
	ctx := context.Background()
	calm := s.copied(t)
	before := calm.left(t)
	writes := len(calm.writes(t, func() { calm.ensure(t, s.subject.ref, false) }))
	want := calm.kinds(t)
	points := 0
	defer func() { proof.Record(proof.Crash, s.cloud, proof.Adapter, points, t.Failed()) }()
	for _, cut := range []sandbox.Fault{{Status: 403, Code: s.denied}, {Drop: "after"}, {Drop: "before"}} {
		for _, nth := range cuts(t, writes) {
			point := fmt.Sprintf("%s%s %d of %d", cut.Code, cut.Drop, nth, writes)
			points++
			at := s.copied(t)
			cut.Write, cut.Nth = true, nth
			at.fault(t, cut)
			seen, err := at.subject.ensure(ctx, at.open(), at.subject.ref, at.inputs, false)
			if err != nil && cut.Status == 0 {
				t.Errorf("%s: a lost answer is no failure: %v", point, err)
			}
			if err := at.ClearFaults(); err != nil {
				t.Fatal(err)
			}
			for _, component := range at.untold(t, before, seen.objects) {
				t.Errorf("%s: nobody was told of %s", point, component)
			}
			next := at.subject.ref
			next.Token = "token-2"
			again := at.ensure(t, next, false)
			at.agreesAs(t, point, again, next)
			if got := at.kinds(t); !slices.Equal(got, want) {
				t.Errorf("%s: there is\n%s\nundisturbed\n%s", point, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
			at.gone(t, point, next, before)
			if t.Failed() {
				return
			}
		}
	}
}

// conformDeleteCut: a delete that was cut short is finished by the next one.
func conformDeleteCut(t *testing.T, s *standing) {
	before := s.left(t)
	s.ensure(t, s.subject.ref, false)
	calm := s.copied(t)
	writes := len(calm.writes(t, func() { calm.gone(t, "undisturbed", s.subject.ref, before) }))
	defer func() { proof.Record(proof.Crash, s.cloud, proof.Adapter, len(cuts(t, writes)), t.Failed()) }()
	for _, nth := range cuts(t, writes) {
		at := s.copied(t)
		at.fault(t, sandbox.Fault{Write: true, Nth: nth, Status: 403, Code: s.denied})
		if err := at.subject.delete(context.Background(), at.open(), at.subject.ref, cloud.DeleteOptions{RecoveryDays: 7}); err == nil {
			t.Errorf("cut at %d of %d: done all the same", nth, writes)
		}
		if err := at.ClearFaults(); err != nil {
			t.Fatal(err)
		}
		at.gone(t, fmt.Sprintf("cut at %d of %d", nth, writes), at.subject.ref, before)
	}
}

// conformLost: each object that somebody deletes behind our back is missed, and
// made again.
func conformLost(t *testing.T, s *standing) {
	ctx := context.Background()
	made := s.ensure(t, s.subject.ref, false)
	points := 0
	defer func() { proof.Record(proof.Drift, s.cloud, proof.Adapter, points, t.Failed()) }()
	for _, component := range s.subject.components {
		if s.subject.keeps[component] {
			continue
		}
		id := s.stored(t, component)
		if id == "" {
			continue // keeps no tags, so the sandbox can't tell which it is
		}
		points++
		if _, err := s.Remove(id); err != nil {
			t.Fatalf("%s: %v", component, err)
		}
		seen, err := s.subject.find(ctx, s.open(), s.subject.ref, true)
		if err == nil && seen.design == made.design && len(seen.objects) == len(made.objects) {
			t.Errorf("%s is gone, and that does not show", component)
		}
		if err != nil && !errors.Is(err, cloud.ErrNotFound) {
			t.Errorf("%s is gone: %v", component, err)
		}
		s.agrees(t, component+" made again", s.ensure(t, s.subject.ref, true))
	}
}

// conformDeleted: deleted, nothing is left, and deleting nothing is fine; then
// the same can be made again, also by the next incarnation.
func conformDeleted(t *testing.T, s *standing) {
	before := s.left(t)
	s.ensure(t, s.subject.ref, false)
	s.gone(t, "deleted", s.subject.ref, before)
	if err := s.subject.delete(context.Background(), s.open(), s.subject.ref, cloud.DeleteOptions{}); err != nil {
		t.Errorf("deleted again: %v", err)
	}
	s.agrees(t, "made again", s.ensure(t, s.subject.ref, false))
}

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
