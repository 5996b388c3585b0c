package provider

import (
	"fmt"
	"net/netip"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
	"github.com/kready-io/terraform-provider-kready/internal/ledger"
)

// poolLedger is what a pool and the ledger know of each other in one plan: a
// pure function of configuration, prior state and snapshot.
type poolLedger struct {
	owner    string
	snapshot ledger.Snapshot
	// names are the keys and groups that are the pool's: asked for, given or in
	// quarantine. Records of the owner under other names are another pool's.
	keys, groups map[string]bool
	clusters     map[string]string // by key
}

func newPoolLedger(spec cidrPoolSpec, prior cidr.PoolState, snapshot ledger.Snapshot) poolLedger {
	l := poolLedger{owner: spec.Owner, snapshot: snapshot, keys: map[string]bool{}, groups: map[string]bool{}, clusters: map[string]string{}}
	for key, allocation := range spec.Allocations {
		l.keys[key] = true
		l.clusters[key] = allocation.Cluster
		if allocation.MovedFrom != "" {
			l.keys[allocation.MovedFrom] = true
		}
		if allocation.Group != "" {
			l.groups[allocation.Group] = true
		}
	}
	for name := range spec.Groups {
		l.groups[name] = true
	}
	for key := range prior.Blocks {
		l.keys[key] = true
	}
	for _, tombstone := range prior.Tombstones {
		l.keys[tombstone.Key] = true
	}
	for name := range prior.Groups {
		l.groups[name] = true
	}
	return l
}

// own reports whether a record is the pool's.
func (l poolLedger) own(r ledger.Record) bool {
	switch {
	case r.Owner != l.owner:
		return false
	case r.Kind == ledger.KindGroup:
		return l.groups[r.Key]
	case r.Kind == ledger.KindDelegation:
		return false
	}
	return l.keys[r.Key]
}

// foreign is what others hold, by who holds it.
func (l poolLedger) foreign() map[string][]netip.Prefix {
	foreign := map[string][]netip.Prefix{}
	for _, r := range l.snapshot.Records {
		if !l.own(r) {
			name := fmt.Sprintf("ledger: %s of %s, %s", r.Kind, r.Owner, r.Key)
			foreign[name] = append(foreign[name], r.Held)
		}
	}
	return foreign
}

// adopt adds to a prior state what the ledger says the pool holds already: a
// run that was killed after the ledger and before its state, or a lost state.
func (l poolLedger) adopt(prior cidr.PoolState) cidr.PoolState {
	adopted := cidr.PoolState{Version: prior.Version, Generation: prior.Generation, Tombstones: prior.Tombstones, Blocks: map[string]cidr.Block{}, Groups: map[string]cidr.Block{}}
	for key, block := range prior.Blocks {
		adopted.Blocks[key] = block
	}
	for name, block := range prior.Groups {
		adopted.Groups[name] = block
	}
	found := false
	for _, r := range l.snapshot.Records {
		block := cidr.Block{CIDR: r.CIDR, Held: r.Held, Headroom: r.Headroom, Group: r.Group, Since: r.Generation}
		switch {
		case !l.own(r) || overlapsAny(prior.Blocks, r.Held) && r.Kind != ledger.KindGroup:
			continue // another's, or ours under the name that it had before
		case r.Kind == ledger.KindGroup:
			if _, known := prior.Groups[r.Key]; known {
				continue
			}
			adopted.Groups[r.Key] = block
		case r.Kind == ledger.KindTombstone:
			if hasTombstone(prior.Tombstones, r) {
				continue
			}
			adopted.Tombstones = append(adopted.Tombstones[:len(adopted.Tombstones):len(adopted.Tombstones)],
				cidr.Tombstone{Key: r.Key, CIDR: r.CIDR, Generation: r.Generation})
		default:
			if _, known := prior.Blocks[r.Key]; known {
				continue
			}
			adopted.Blocks[r.Key] = block
		}
		found = true
		adopted.Generation = max(adopted.Generation, r.Generation)
	}
	if !found {
		return prior
	}
	if len(adopted.Groups) == 0 {
		adopted.Groups = nil
	}
	return adopted
}

func overlapsAny(blocks map[string]cidr.Block, prefix netip.Prefix) bool {
	for _, block := range blocks {
		if block.Held.Overlaps(prefix) {
			return true
		}
	}
	return false
}

func hasTombstone(tombstones []cidr.Tombstone, r ledger.Record) bool {
	for _, tombstone := range tombstones {
		if tombstone.Key == r.Key && tombstone.CIDR == r.CIDR {
			return true
		}
	}
	return false
}

// records is a pool's state in the ledger's words.
func (l poolLedger) records(state cidr.PoolState) []ledger.Record {
	var records []ledger.Record
	for _, name := range sortedKeys(state.Groups) {
		block := state.Groups[name]
		records = append(records, ledger.Record{
			Owner: l.owner, Key: name, Kind: ledger.KindGroup, CIDR: block.CIDR, Held: block.Held, Headroom: block.Headroom, Generation: block.Since,
		})
	}
	for _, key := range sortedKeys(state.Blocks) {
		block := state.Blocks[key]
		records = append(records, ledger.Record{
			Owner: l.owner, Key: key, Kind: ledger.KindAllocation, CIDR: block.CIDR, Held: block.Held, Headroom: block.Headroom,
			Group: groupAround(state, block.Held), Cluster: l.clusters[key], Generation: block.Since,
		})
	}
	for _, tombstone := range state.Tombstones {
		records = append(records, ledger.Record{
			Owner: l.owner, Key: tombstone.Key, Kind: ledger.KindTombstone, CIDR: tombstone.CIDR, Held: tombstone.CIDR,
			Group: groupAround(state, tombstone.CIDR), Generation: tombstone.Generation,
		})
	}
	return records
}

// groupAround names the group in whose range a range lies.
func groupAround(state cidr.PoolState, prefix netip.Prefix) string {
	for _, name := range sortedKeys(state.Groups) {
		if cidr.Contains(state.Groups[name].Held, prefix) {
			return name
		}
	}
	return ""
}

// change is the commit that takes the pool from what the ledger and its prior
// state hold to what was planned.
func (l poolLedger) change(prior, planned cidr.PoolState) ledger.Change {
	change := ledger.Change{Put: l.records(planned), Drop: l.records(prior)}
	for _, r := range l.snapshot.Records {
		if l.own(r) {
			change.Drop = append(change.Drop, r)
		}
	}
	return change
}

// registered reports whether the ledger holds all that a state says.
func (l poolLedger) registered(state cidr.PoolState) bool {
	held := map[string]ledger.Record{}
	for _, r := range l.snapshot.Records {
		if l.own(r) {
			held[string(r.Kind)+"\x00"+r.Key+"\x00"+r.CIDR.String()] = r
		}
	}
	for _, want := range l.records(state) {
		if r, known := held[string(want.Kind)+"\x00"+want.Key+"\x00"+want.CIDR.String()]; !known || !r.Same(want) {
			return false
		}
	}
	return true
}

// farewell is the commit of a destroy: everything is given up, or, with
// quarantine, kept from others until it is released.
func (l poolLedger) farewell(state cidr.PoolState, quarantine int) ledger.Change {
	change := ledger.Change{Drop: l.records(state)}
	if quarantine == 0 {
		return change
	}
	for _, key := range sortedKeys(state.Blocks) {
		change.Put = append(change.Put, ledger.Record{
			Owner: l.owner, Key: key, Kind: ledger.KindTombstone, CIDR: state.Blocks[key].CIDR, Held: state.Blocks[key].CIDR, Generation: state.Generation + 1,
		})
	}
	for _, tombstone := range state.Tombstones {
		change.Put = append(change.Put, ledger.Record{
			Owner: l.owner, Key: tombstone.Key, Kind: ledger.KindTombstone, CIDR: tombstone.CIDR, Held: tombstone.CIDR, Generation: tombstone.Generation,
		})
	}
	return change
}
