package blueprint

import (
	"encoding/json"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"
)

// palette are values that find the corners of rules.
var palette = []any{
	nil, "", "x", "0", "10.0.0.0/8", "10.68.0.0/16", "10.68.0.0/28", "100.64.0.0/10", "100.64.0.0/16", "0.0.0.0/0", "::/0", "1.35", "1.99", "eu-west-1a", "eu-west-1d", "us-east-1",
	"aws", "azure", "isolated", "nat", "appliance", "karpenter", "auto_mode", "none", "routable", "irsa", "cloud", "existing", "development", "system", "spot",
	"m7g.large", "t4g.nano", "q9z.huge", "50%", "*", "arn:aws:iam::111122223333:root", "arn:aws:sts::111122223333:assumed-role/x/y",
	`{"Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`, Unknown("some.input"), "subnet/nodes-eu-west-1a",
	-1, 0, 1, 2, 16, 27, 28, 33, 110, 1 << 40, 0.5, 1e300, true, false, []any{}, map[string]any{},
}

const mutations = 600

// TestMutatedSpecs changes specs a leaf or two at a time, to values that make
// sense somewhere, and holds Resolve to what FuzzResolve holds it to.
func TestMutatedSpecs(t *testing.T) {
	bases := []Spec{richSpec(t), quickstart()}
	good := 0
	for seed := range uint64(mutations) {
		random := rand.New(rand.NewPCG(seed, 3))
		first, okFirst := mutate(t, random, bases[seed%2])
		if seed%4 == 1 {
			first, okFirst = bases[1], true // only the second one changes
			first.ChangeBudget = nil
		}
		second, okSecond := mutate(t, random, first)
		if !okFirst || !okSecond {
			continue
		}
		outcome := Resolve(first, nil)
		complete(t, outcome)
		if again := Resolve(first, nil); !reflect.DeepEqual(outcome, again) {
			t.Fatalf("seed %d: two outcomes of the same spec differ", seed)
		}
		same := Resolve(first, priorOf(first, outcome))
		if !reflect.DeepEqual(same.Design, outcome.Design) || HasErrors(same.Findings) {
			t.Fatalf("seed %d: an unchanged spec changed its design, or is refused: %v", seed, errorsOf(same.Findings))
		}
		next := Resolve(second, priorOf(first, outcome))
		complete(t, next)
		if !HasErrors(outcome.Findings) && !HasErrors(next.Findings) && next.Design.Network != nil {
			good++
			disjoint(t, withoutUnknown(next.Design), next.Held)
		}
	}
	if good < mutations/100 {
		t.Errorf("only %d of %d mutations are accepted: the test proves little", good, mutations)
	}
}

func withoutUnknown(design Design) Design {
	network := *design.Network
	network.Subnets = maps.Clone(network.Subnets)
	maps.DeleteFunc(network.Subnets, func(_ string, s SubnetDesign) bool { return IsUnknown(s.CIDR) })
	design.Network = &network
	return design
}

// richSpec uses every attribute that a spec has, with values that are
// accepted where this version realizes them.
func richSpec(t *testing.T) Spec {
	filled := fill(reflect.TypeFor[Spec](), 0)
	var base any
	text, err := json.Marshal(quickstart())
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &base); err != nil {
		t.Fatal(err)
	}
	tree := merged(filled.(map[string]any), base.(map[string]any))
	text, err = json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	var spec Spec
	if err := json.Unmarshal(text, &spec); err != nil {
		t.Fatal(err)
	}
	return spec
}

// fill makes a JSON value with every field of a type in it, so that mutations
// reach all of them.
func fill(kind reflect.Type, depth int) any {
	switch kind.Kind() {
	case reflect.Pointer:
		return fill(kind.Elem(), depth)
	case reflect.Struct:
		object := map[string]any{}
		for i := range kind.NumField() {
			field := kind.Field(i)
			name, _, _ := cutTag(field.Tag.Get("json"))
			object[name] = fill(field.Type, depth+1)
		}
		return object
	case reflect.Map:
		return map[string]any{"thing": fill(kind.Elem(), depth+1)}
	case reflect.Slice:
		return []any{fill(kind.Elem(), depth+1)}
	case reflect.Bool:
		return false
	case reflect.Int, reflect.Float64:
		return 0
	}
	return ""
}

func cutTag(tag string) (name, rest string, found bool) {
	for i, r := range tag {
		if r == ',' {
			return tag[:i], tag[i+1:], true
		}
	}
	return tag, "", false
}

// mutate changes one to three leaves of a spec.
func mutate(t *testing.T, random *rand.Rand, spec Spec) (Spec, bool) {
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	for range 1 + random.IntN(3) {
		tree = changed(random, tree)
	}
	text, err = json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	var mutated Spec
	err = json.Unmarshal(text, &mutated)
	return mutated, err == nil
}

func changed(random *rand.Rand, tree any) any {
	switch tree := tree.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(tree))
		if len(keys) == 0 || random.IntN(12) == 0 {
			break
		}
		key := keys[random.IntN(len(keys))]
		if random.IntN(10) == 0 {
			delete(tree, key)
		} else {
			tree[key] = changed(random, tree[key])
		}
		return tree
	case []any:
		if len(tree) == 0 || random.IntN(5) == 0 {
			return append(tree, palette[random.IntN(len(palette))])
		}
		i := random.IntN(len(tree))
		tree[i] = changed(random, tree[i])
		return tree
	}
	return palette[random.IntN(len(palette))]
}
