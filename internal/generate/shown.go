package generate

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// blueprintType is the resource that holds a blueprint in plans and states.
const blueprintType = "kready_cluster_blueprint"

// shownDocument is the part of "terraform show -json" that blueprints are in:
// values of a state, planned_values of a plan.
type shownDocument struct {
	FormatVersion string       `json:"format_version"`
	Values        *shownValues `json:"values"`
	PlannedValues *shownValues `json:"planned_values"`
	Changes       []struct {
		Address string `json:"address"`
		Type    string `json:"type"`
		Change  struct {
			AfterUnknown map[string]any `json:"after_unknown"`
		} `json:"change"`
	} `json:"resource_changes"`
}

type shownValues struct {
	RootModule shownModule `json:"root_module"`
}

type shownModule struct {
	Resources []struct {
		Address string          `json:"address"`
		Mode    string          `json:"mode"`
		Type    string          `json:"type"`
		Values  json.RawMessage `json:"values"`
	} `json:"resources"`
	ChildModules []shownModule `json:"child_modules"`
}

// settled is what the resource holds beside the specification.
type settled struct {
	Design        blueprint.Design  `json:"design"`
	DesignVersion int               `json:"design_version"`
	Held          map[string]string `json:"held_ranges"`
	Incarnation   string            `json:"incarnation"`
}

// shown takes the resolved blueprints out of a plan or a state. What was
// settled there stays settled: ranges and names come out the same.
func (r *reader) shown(source Source, planned bool) []Blueprint {
	fail := func(summary, detail string, args ...any) {
		r.problems = append(r.problems, Problem{
			Severity: blueprint.SeverityError, Position: Position{File: source.Name}, Rule: "input", Summary: summary, Detail: fmt.Sprintf(detail, args...),
		})
	}
	var document shownDocument
	if err := json.Unmarshal(source.Text, &document); err != nil || document.FormatVersion == "" {
		detail := "It is not the output of \"terraform show -json\". A state file itself is not: run terraform show -json > state.json."
		if bytes.HasPrefix(source.Text, []byte("PK")) {
			detail = "It is a saved plan. Run terraform show -json PLANFILE > plan.json, and give that."
		}
		fail("Not a plan or state", "%s", detail)
		return nil
	}
	values := document.Values
	if planned {
		values = document.PlannedValues
	}
	if other := document.PlannedValues != nil; other != planned {
		fail("A plan is no state", "Give a plan with -from-plan, and a state with -from-state.")
		return nil
	}
	unknown := map[string]map[string]any{}
	for _, change := range document.Changes {
		if change.Type == blueprintType {
			unknown[change.Address] = change.Change.AfterUnknown
		}
	}
	var blueprints []Blueprint
	var collect func(module shownModule)
	collect = func(module shownModule) {
		for _, resource := range module.Resources {
			if resource.Type != blueprintType || resource.Mode == "data" {
				continue
			}
			b, err := fromShown(resource.Values, unknown[resource.Address])
			if err != nil {
				fail(resource.Address+" can't be used", "%s", err)
				continue
			}
			b.Source = source.Name
			b.places = map[string]Position{"": {File: source.Name + " " + resource.Address}}
			blueprints = append(blueprints, b)
		}
		for _, child := range module.ChildModules {
			collect(child)
		}
	}
	problems := len(r.problems)
	if values != nil {
		collect(values.RootModule)
	}
	if len(blueprints) == 0 && len(r.problems) == problems {
		fail("No blueprint", "It has no %s.", blueprintType)
	}
	return blueprints
}

// fromShown reads one resource; unknown is what a plan does not know yet.
func fromShown(values json.RawMessage, unknown map[string]any) (Blueprint, error) {
	var b Blueprint
	if err := json.Unmarshal(values, &b.Spec); err != nil {
		return b, err
	}
	for _, f := range specFields {
		if path, found := firstTrue(f.name, unknown[f.name]); found {
			return b, fmt.Errorf("%s is not known in this plan. Apply first, and use -from-state", path)
		}
	}
	var s settled
	if err := json.Unmarshal(values, &s); err != nil {
		return b, err
	}
	if _, waits := firstTrue("design", unknown["design"]); s.Design.Network != nil && !waits {
		b.Prior = &blueprint.Prior{Spec: b.Spec, Design: s.Design, DesignVersion: s.DesignVersion, Held: s.Held, Incarnation: s.Incarnation}
	}
	return b, nil
}

// firstTrue is the path of the first value that is marked unknown.
func firstTrue(path string, mark any) (string, bool) {
	switch mark := mark.(type) {
	case bool:
		return path, mark
	case []any:
		for i, element := range mark {
			if found, ok := firstTrue(fmt.Sprintf("%s[%d]", path, i), element); ok {
				return found, true
			}
		}
	case map[string]any:
		for _, key := range sortedKeys(mark) {
			if found, ok := firstTrue(path+"."+key, mark[key]); ok {
				return found, true
			}
		}
	}
	return "", false
}
