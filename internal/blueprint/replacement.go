package blueprint

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// ReplacementToken is what acknowledge_replacement must hold before the object
// ("network", "cluster", "registry", "vault") may be replaced: the object and
// ten hexadecimal digits, such as "cluster-4f1d22a0c7". It is made from what
// the object is now (its blueprint's incarnation and the values that can't
// change in place), so it matches one object once.
func ReplacementToken(object, incarnation string, fixed map[string]string) string {
	hash := sha256.New()
	fmt.Fprintf(hash, "%q %q", object, incarnation)
	for _, key := range slices.Sorted(maps.Keys(fixed)) {
		fmt.Fprintf(hash, " %q=%q", key, fixed[key])
	}
	return object + "-" + hex.EncodeToString(hash.Sum(nil))[:10]
}

// Replacement says that going from one section to another would make its main
// object anew.
type Replacement struct {
	Object string   // "network", "cluster", "registry", "vault", …
	Token  string   // acknowledges it
	Path   string   // path, in the blueprint, of the first attribute that can't change
	Why    []string // each change, such as `region from "eu-west-1" to "eu-west-2"`
}

// ReplacedBy judges whether planned can be reached from observed in place: the
// blueprint asks it of prior state, a realizer of what it observed. It returns
// nil where it can. Values that are not known yet are no change.
func ReplacedBy(object, incarnation string, observed, planned Section) *Replacement {
	before, after := observed.Fixed(), planned.Fixed()
	replacement := &Replacement{Object: object, Token: ReplacementToken(object, incarnation, before)}
	for _, key := range slices.Sorted(maps.Keys(after)) {
		if before[key] == after[key] || IsUnknown(before[key]) || IsUnknown(after[key]) {
			continue
		}
		if key == "network" && after[key] == "" {
			continue // a given network is known by its id, not by its range
		}
		if addable[key] && (before[key] == "" || before[key] == "cloud" || holdsAll(after[key], before[key])) {
			continue
		}
		replacement.Why = append(replacement.Why, fmt.Sprintf("%s from %q to %q", fixedWords[key], before[key], after[key]))
		if replacement.Path == "" {
			replacement.Path = fixedPaths[key]
		}
	}
	if len(replacement.Why) == 0 {
		return nil
	}
	return replacement
}

// addable are the fixed values that can be given where there was none, or
// where what was there is gone: a key for secrets is added in place, and a
// role that somebody deleted is made again under its name.
var addable = map[string]bool{
	"encryption": true, "role": true, "subnets": true, "network": true,
	"api": true, "dataplane": true, "resource_group": true, "registry_name": true, "pod_mode": true, "dns_service_ip": true,
}

// holdsAll tells whether a list holds every word of another: what somebody
// deleted of it is made again.
func holdsAll(list, words string) bool {
	have := strings.Fields(strings.ReplaceAll(list, ",", " "))
	for _, word := range strings.Fields(strings.ReplaceAll(words, ",", " ")) {
		if !slices.Contains(have, word) {
			return false
		}
	}
	return true
}

// fixedPaths are the blueprint's attributes behind the keys of [Section.Fixed].
var fixedPaths = map[string]string{
	"cloud": "cloud", "region": "region", "cluster": "name", "target": "target", "name": "node_pools",
	"cidr": "network.cidr", "network_id": "network.existing.network_id", "service_cidr": "network.service_cidr", "subnets": "network.zones", "network": "network.cidr",
	"role": "aws", "encryption": "encryption",
	"resource_group": "azure.resource_group", "pod_mode": "network.pods.mode", "dns_service_ip": "network.service_cidr",
	"api": "azure.private_cluster", "dataplane": "network.cni.network_policy", "registry_name": "registry",
}

// fixedWords name the keys of [Section.Fixed] for people.
var fixedWords = map[string]string{
	"cloud": "cloud", "region": "region", "cluster": "name of the cluster", "target": "target", "name": "name",
	"cidr": "range", "network_id": "given network", "service_cidr": "range of services", "subnets": "control-plane subnets", "network": "range of the network that it stands in",
	"role": "role of the control plane", "encryption": "key of secrets",
	"resource_group": "resource group", "pod_mode": "pod network", "dns_service_ip": "address of the DNS service",
	"api": "place of the API server", "dataplane": "data plane", "registry_name": "name of the registry",
}

// Finding says that the replacement is refused, prints the token and the way
// out.
func (r Replacement) Finding() Finding {
	return Finding{
		Severity: SeverityError,
		Path:     r.Path,
		Rule:     "replacement",
		Summary:  fmt.Sprintf("this would replace the %s", r.Object),
		Detail: fmt.Sprintf("It can't change in place: %s. Replacing it destroys what runs in it. "+
			"Put the value back; or build a second blueprint beside this one (blue/green), move the workloads and then destroy this one. "+
			"If it really is to be destroyed and made anew, add %q to acknowledge_replacement.",
			strings.Join(r.Why, "; "), r.Token),
	}
}
