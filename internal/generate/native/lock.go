package native

import (
	"encoding/json"
	"fmt"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// LockName is the file beside a native module that remembers what was settled:
// generating again gives every key the range, zone and name that it has.
const LockName = "kready.lock.json"

// lockFormat is raised when an older kready could misread a newer lock.
const lockFormat = 1

type lock struct {
	Format        int               `json:"format"`
	DesignVersion int               `json:"design_version"`
	Spec          blueprint.Spec    `json:"spec"`
	Design        blueprint.Design  `json:"design"`
	Held          map[string]string `json:"held"`
}

// Lock writes what a run settled.
func Lock(spec blueprint.Spec, outcome blueprint.Outcome) ([]byte, error) {
	text, err := json.MarshalIndent(lock{
		Format: lockFormat, DesignVersion: outcome.DesignVersion, Spec: spec, Design: outcome.Design, Held: outcome.Held,
	}, "", "  ")
	return append(text, '\n'), err
}

// ReadLock is the prior that a lock file holds.
func ReadLock(text []byte) (*blueprint.Prior, error) {
	var held lock
	if err := json.Unmarshal(text, &held); err != nil {
		return nil, fmt.Errorf(LockName+" is damaged: %w. Restore it from version control: without it ranges and names could be given anew", err)
	}
	if held.Format < 1 || held.Format > lockFormat {
		return nil, fmt.Errorf(LockName+" has format %d, and this kready knows up to %d: use the kready that wrote it, or a newer one", held.Format, lockFormat)
	}
	return &blueprint.Prior{Spec: held.Spec, Design: held.Design, DesignVersion: held.DesignVersion, Held: held.Held}, nil
}
