package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cidr"
	"github.com/kready-io/terraform-provider-kready/internal/ledger"
)

// stateUsage describes the flag that names a state.
const stateUsage = "`file` with the output of \"terraform show -json\", - for standard input"

// shownModule is a module of "terraform show -json".
type shownModule struct {
	Resources []struct {
		Address string          `json:"address"`
		Type    string          `json:"type"`
		Values  json.RawMessage `json:"values"`
	} `json:"resources"`
	ChildModules []shownModule `json:"child_modules"`
}

// shownPool is a kready_cidr_pool of a state.
type shownPool struct {
	address     string
	CIDRs       []string            `json:"cidrs"`
	Reserved    map[string][]string `json:"reserved"`
	Peers       map[string][]string `json:"peers"`
	Owner       string              `json:"owner"`
	Layout      string              `json:"layout"`
	Blocks      map[string]string   `json:"blocks"`
	Allocations map[string]struct {
		PrefixLength json.Number `json:"prefix_length"` // may be written as text
		CIDR         string      `json:"cidr"`
		Headroom     json.Number `json:"headroom"`
		Group        string      `json:"contiguous"`
	} `json:"allocations"`
}

// shownDelegation is a kready_cidr_delegation of a state.
type shownDelegation struct {
	Owner string `json:"owner"`
	Name  string `json:"name"`
}

// shown is what a state says about addresses.
type shown struct {
	pools       []shownPool
	delegations []shownDelegation
}

// readShown reads a state.
func readShown(cio IO, path string) (shown, error) {
	var found shown
	input := cio.In
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return found, err
		}
		defer func() { _ = file.Close() }()
		input = file
	}
	text, err := io.ReadAll(input)
	if err != nil {
		return found, err
	}
	var document struct {
		FormatVersion string `json:"format_version"`
		Values        *struct {
			RootModule shownModule `json:"root_module"`
		} `json:"values"`
	}
	if err := json.Unmarshal(text, &document); err != nil || document.FormatVersion == "" {
		return found, fmt.Errorf("%s is not the output of \"terraform show -json\". A state file itself is not: run terraform show -json > state.json", path)
	}
	if document.Values == nil {
		return found, nil // an empty state
	}
	return found, found.collect(document.Values.RootModule)
}

func (s *shown) collect(module shownModule) error {
	for _, r := range module.Resources {
		switch r.Type {
		case "kready_cidr_pool":
			pool := shownPool{address: r.Address}
			if err := json.Unmarshal(r.Values, &pool); err != nil {
				return fmt.Errorf("%s: %w", r.Address, err)
			}
			s.pools = append(s.pools, pool)
		case "kready_cidr_delegation":
			var delegation shownDelegation
			if err := json.Unmarshal(r.Values, &delegation); err != nil {
				return fmt.Errorf("%s: %w", r.Address, err)
			}
			s.delegations = append(s.delegations, delegation)
		}
	}
	for _, child := range module.ChildModules {
		if err := s.collect(child); err != nil {
			return err
		}
	}
	return nil
}

// pool picks one pool: the named one, or the only one.
func (s *shown) pool(address string) (shownPool, error) {
	var addresses []string
	for _, pool := range s.pools {
		if pool.address == address || address == "" && len(s.pools) == 1 {
			return pool, nil
		}
		addresses = append(addresses, pool.address)
	}
	switch {
	case len(addresses) == 0:
		return shownPool{}, errors.New("the state has no kready_cidr_pool")
	case address == "":
		return shownPool{}, fmt.Errorf("the state has several pools; name one with -pool: %s", strings.Join(addresses, ", "))
	}
	return shownPool{}, fmt.Errorf("the state has no pool %s; it has %s", address, strings.Join(addresses, ", "))
}

// remembered is what the pool has given and holds.
func (p shownPool) remembered() (cidr.PoolState, error) { return cidr.Recall(p.Layout, p.Blocks) }

// plan is a pool as address planning sees it.
func (p shownPool) plan() (cidr.PoolRequest, cidr.PoolState, error) {
	request := cidr.PoolRequest{
		Supernets: map[string]netip.Prefix{}, Reserved: map[string][]netip.Prefix{}, Peers: map[string][]netip.Prefix{},
		Allocations: map[string]cidr.Allocation{},
	}
	var wrong []error
	parse := func(text string) netip.Prefix {
		prefix, err := cidr.Parse(text)
		wrong = append(wrong, err)
		return prefix
	}
	for _, text := range p.CIDRs {
		request.Supernets[text] = parse(text)
	}
	for _, list := range []struct {
		from map[string][]string
		into map[string][]netip.Prefix
	}{{p.Reserved, request.Reserved}, {p.Peers, request.Peers}} {
		for owner, texts := range list.from {
			for _, text := range texts {
				list.into[owner] = append(list.into[owner], parse(text))
			}
		}
	}
	for key, a := range p.Allocations {
		allocation := cidr.Allocation{Bits: whole(a.PrefixLength), Headroom: whole(a.Headroom), Group: a.Group}
		if a.CIDR != "" {
			allocation.CIDR = parse(a.CIDR)
		}
		request.Allocations[key] = allocation
	}
	state, err := p.remembered()
	wrong = append(wrong, err)
	if err := errors.Join(wrong...); err != nil {
		return request, state, fmt.Errorf("%s: %w", p.address, err)
	}
	return request, state, nil
}

// whole is a number of a state; none is 0.
func whole(n json.Number) int {
	i, err := n.Int64()
	if err != nil {
		return 0
	}
	return int(i)
}

// ledgerPlan is a ledger as address planning sees it: one pool over supernets,
// whose keys are owner/key.
func ledgerPlan(snapshot ledger.Snapshot, supernets []string) (cidr.PoolRequest, cidr.PoolState, error) {
	request := cidr.PoolRequest{Supernets: map[string]netip.Prefix{}}
	state := cidr.PoolState{Version: cidr.LayoutVersion, Blocks: map[string]cidr.Block{}, Groups: map[string]cidr.Block{}}
	for _, text := range supernets {
		prefix, err := cidr.Parse(text)
		if err != nil {
			return request, state, err
		}
		request.Supernets[text] = prefix
	}
	for _, r := range snapshot.Records {
		key := r.Owner + "/" + r.Key
		block := cidr.Block{CIDR: r.CIDR, Held: r.Held, Headroom: r.Headroom, Since: r.Generation}
		switch r.Kind {
		case ledger.KindGroup:
			state.Groups[key] = block
		case ledger.KindTombstone:
			state.Tombstones = append(state.Tombstones, cidr.Tombstone{Key: key, CIDR: r.CIDR, Generation: r.Generation})
		default:
			state.Blocks[key] = block
		}
	}
	return request, state, nil
}

// has reports whether a state has what a ledger records.
func (s *shown) has(r ledger.Record) bool {
	if r.Kind == ledger.KindDelegation {
		return slices.Contains(s.delegations, shownDelegation{r.Owner, r.Key})
	}
	for _, pool := range s.pools {
		state, err := pool.remembered()
		if pool.Owner != r.Owner || err != nil {
			continue
		}
		switch r.Kind {
		case ledger.KindGroup:
			if _, known := state.Groups[r.Key]; known {
				return true
			}
		case ledger.KindTombstone:
			if slices.ContainsFunc(state.Tombstones, func(t cidr.Tombstone) bool { return t.Key == r.Key && t.CIDR == r.CIDR }) {
				return true
			}
		default:
			if state.Blocks[r.Key].CIDR == r.CIDR {
				return true
			}
		}
	}
	return false
}
