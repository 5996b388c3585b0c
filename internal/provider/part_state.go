package provider

import (
	"context"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// partState is a part as a plan or a state holds it.
type partState[D blueprint.Section, O any] struct {
	ID          string            `json:"id,omitempty"`
	Realm       string            `json:"realm,omitempty"`
	Design      D                 `json:"design"`
	Incarnation string            `json:"incarnation,omitempty"`
	Objects     map[string]string `json:"objects,omitempty"`
	Status      string            `json:"status,omitempty"`

	inputs   cloud.Inputs
	imported bool // only the id is known yet
}

// readPart decodes a part; inputs are write-only and come from the
// configuration.
func readPart[D blueprint.Section, O any](raw, config tftypes.Value, p part[D, O]) (partState[D, O], error) {
	var state partState[D, O]
	if _, err := decode(raw, &state); err != nil {
		return state, err
	}
	// A plan does not know yet what only an apply can tell.
	for _, word := range []*string{&state.ID, &state.Realm, &state.Status} {
		if blueprint.IsUnknown(*word) {
			*word = ""
		}
	}
	attributes, err := object(raw)
	if err != nil {
		return state, err
	}
	if design := attributes["design"]; state.ID != "" && design.IsNull() {
		state.imported = true
		words := strings.Split(state.ID, "/")
		scope := blueprint.Scope{Cloud: cloudOfRealm(words[0]), Region: words[1], Cluster: words[2]}
		name := ""
		if len(words) > 3 {
			name = words[3]
		}
		setScope(&state.Design, scope, name)
	}
	written, err := object(config)
	if err != nil {
		return state, err
	}
	for _, in := range p.inputs {
		*in.into(&state.inputs) = textMap(written[in.name])
	}
	return state, nil
}

// cloudOfRealm tells the cloud by the form of the realm: an Azure
// subscription is a GUID, everything else is AWS.
func cloudOfRealm(realm string) string {
	if strings.Count(realm, "-") == 4 || strings.HasPrefix(realm, "azure-") {
		return blueprint.CloudAzure
	}
	return blueprint.CloudAWS
}

// setScope gives an imported part the place and the name that its id says.
func setScope(design any, scope blueprint.Scope, name string) {
	v := reflect.ValueOf(design).Elem()
	v.FieldByName("Scope").Set(reflect.ValueOf(scope))
	if f := v.FieldByName("Name"); f.IsValid() && name != "" {
		f.SetString(name)
	}
}

// settle is the state after an ensure: the plan, with what is known now.
func (s partState[D, O]) settle(p part[D, O], plan tftypes.Value, realm string, observed cloud.Observed[D, O], failed error) tftypes.Value {
	attributes, err := object(plan)
	if err != nil {
		return plan
	}
	status := statusComplete
	if failed != nil || observed.Busy != "" || !s.whole(observed.Objects) {
		status = statusIncomplete
	}
	planned := attributes["objects"]
	s.write(p, attributes, realm, observed, status)
	if elements := elementsOf(planned); elements != nil {
		// Terraform holds the outcome against the plan key by key: what is
		// missing so far is null, and what came beside it shows at the next
		// read.
		for component, id := range elements {
			elements[component] = tftypes.NewValue(tftypes.String, nil)
			if found, exists := observed.Objects[component]; exists {
				elements[component] = wireText(found)
			} else if id.IsKnown() {
				elements[component] = id
			}
		}
		attributes["objects"] = tftypes.NewValue(planned.Type(), elements)
	}
	return tftypes.NewValue(plan.Type(), attributes)
}

// whole tells whether every component of the design exists.
func (s partState[D, O]) whole(objects map[string]string) bool {
	for _, component := range s.Design.Components() {
		if _, exists := objects[component]; !exists {
			return false
		}
	}
	return true
}

// partly is the state after a failed update: as before, but with the objects
// that exist now, and to be finished.
func (s partState[D, O]) partly(p part[D, O], before tftypes.Value, observed cloud.Observed[D, O]) tftypes.Value {
	attributes, err := object(before)
	if err != nil {
		return before
	}
	s.write(p, attributes, s.Realm, observed, statusIncomplete)
	attributes["design"] = encode(observed.Design)
	return tftypes.NewValue(before.Type(), attributes)
}

// remains is the state of a part whose main object is missing: as before, but
// with the objects that are left, and to be finished.
func (s partState[D, O]) remains(before tftypes.Value, objects map[string]string) tftypes.Value {
	attributes, err := object(before)
	if err != nil {
		return before
	}
	attributes["objects"] = wireTextMap(objects)
	attributes["status"] = wireText(statusIncomplete)
	return tftypes.NewValue(before.Type(), attributes)
}

// refresh is the state after a read. The design keeps the very value that it
// had where nothing drifted, so that what a person wrote by hand as [] does
// not turn into null.
func (s partState[D, O]) refresh(p part[D, O], before tftypes.Value, realm string, observed cloud.Observed[D, O]) tftypes.Value {
	attributes, err := object(before)
	if err != nil {
		return before
	}
	status := s.Status
	if status == "" {
		status = statusComplete
	}
	if observed.Busy != "" {
		status = statusIncomplete
	}
	s.write(p, attributes, realm, observed, status)
	if !sameDesign(s.Design, observed.Design) {
		attributes["design"] = encode(observed.Design)
	}
	if s.imported || s.Incarnation != observed.Incarnation {
		attributes["incarnation"] = wireText(observed.Incarnation)
	}
	return tftypes.NewValue(before.Type(), attributes)
}

// write fills the computed attributes.
func (s partState[D, O]) write(p part[D, O], attributes map[string]tftypes.Value, realm string, observed cloud.Observed[D, O], status string) {
	id := s.ID
	if id == "" {
		scope := s.Design.In()
		id = realm + "/" + scope.Region + "/" + scope.Cluster
		if p.instance != nil {
			id += "/" + p.instance(s.Design)
		}
	}
	attributes["id"] = wireText(id)
	attributes["realm"] = wireText(realm)
	attributes["objects"] = wireTextMap(observed.Objects)
	attributes["status"] = wireText(status)
	outputs, err := object(encode(observed.Outputs))
	if err != nil {
		return
	}
	for name, value := range outputs {
		attributes[name] = value
	}
}

// sameDesign compares two sections as their canonical JSON, in which null,
// absent and empty are one.
func sameDesign(a, b any) bool {
	left, leftErr := json.Marshal(a)
	right, rightErr := json.Marshal(b)
	return leftErr == nil && rightErr == nil && string(left) == string(right)
}

func isNotFound(err error) bool { return errors.Is(err, cloud.ErrNotFound) }

// Keys of private state.
const (
	privateToken     = "token"
	privateLeftovers = "leftovers"
)

// privateString is s as private state wants it: JSON.
func privateString(s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil {
		return []byte(`""`)
	}
	return quoted
}

func privateText(data []byte) string {
	var s string
	if len(data) == 0 || json.Unmarshal(data, &s) != nil {
		return ""
	}
	return s
}

// planTimeout reads one of the timeouts of a plan.
func planTimeout(ctx context.Context, plan *tfsdk.Plan, which func(timeouts.Value, context.Context, time.Duration) (time.Duration, diag.Diagnostics), standard time.Duration) (time.Duration, diag.Diagnostics) {
	var value timeouts.Value
	diags := plan.GetAttribute(ctx, path.Root("timeouts"), &value)
	if diags.HasError() {
		return standard, diags
	}
	return which(value, ctx, standard)
}

// stateTimeout reads the delete timeout of a state.
func stateTimeout(ctx context.Context, state *tfsdk.State, standard time.Duration) (time.Duration, diag.Diagnostics) {
	var value timeouts.Value
	diags := state.GetAttribute(ctx, path.Root("timeouts"), &value)
	if diags.HasError() {
		return standard, diags
	}
	return value.Delete(ctx, standard)
}
