package cidr

import (
	"encoding/json"
	"fmt"
	"net/netip"
)

// poolMemory is a [PoolState] without what the ranges of its keys say already:
// in a plan of thousands of keys nobody wants to read them twice.
type poolMemory struct {
	Version    int                    `json:"version"`
	Generation int64                  `json:"generation"`
	Blocks     map[string]blockMemory `json:"blocks,omitempty"`
	Groups     map[string]Block       `json:"groups,omitempty"`
	Tombstones []Tombstone            `json:"tombstones,omitempty"`
}

// blockMemory is what a [Block] has beside its range. A plain one, of the first
// generation with nothing held, has nothing.
type blockMemory struct {
	Held     *netip.Prefix `json:"held,omitempty"`
	Headroom int           `json:"headroom,omitempty"`
	Group    string        `json:"group,omitempty"`
	Since    int64         `json:"since,omitempty"`
}

// Memory is what a pool has to remember beside the range of each key, as JSON.
// [Recall] puts both together again.
func (s PoolState) Memory() (string, error) {
	memory := poolMemory{Version: s.Version, Generation: s.Generation, Groups: s.Groups, Tombstones: s.Tombstones, Blocks: map[string]blockMemory{}}
	for key, block := range s.Blocks {
		kept := blockMemory{Headroom: block.Headroom, Group: block.Group}
		if block.Held != block.CIDR {
			kept.Held = &block.Held
		}
		if block.Since != 1 {
			kept.Since = block.Since
		}
		if kept != (blockMemory{}) {
			memory.Blocks[key] = kept
		}
	}
	text, err := json.Marshal(memory)
	return string(text), err
}

// Recall is the state of a pool of which memory and the range of each key are
// known. Nothing is the state of a pool that has given nothing.
func Recall(memory string, blocks map[string]string) (PoolState, error) {
	if memory == "" {
		return PoolState{}, nil
	}
	var kept poolMemory
	if err := json.Unmarshal([]byte(memory), &kept); err != nil {
		return PoolState{}, fmt.Errorf("what the pool remembers can't be read: %w", err)
	}
	state := PoolState{
		Version: kept.Version, Generation: kept.Generation,
		Blocks: make(map[string]Block, len(blocks)), Groups: kept.Groups, Tombstones: kept.Tombstones,
	}
	for key, text := range blocks {
		prefix, err := Parse(text)
		if err != nil {
			return PoolState{}, fmt.Errorf("blocks[%q]: %w", key, err)
		}
		more := kept.Blocks[key]
		block := Block{CIDR: prefix, Held: prefix, Headroom: more.Headroom, Group: more.Group, Since: more.Since}
		if more.Held != nil {
			block.Held = *more.Held
		}
		if block.Since == 0 {
			block.Since = 1
		}
		state.Blocks[key] = block
	}
	return state, nil
}
