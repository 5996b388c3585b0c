package azurecloud

import (
	"context"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// view is a part as Azure shows it, by component.
type view struct {
	*api
	ref    cloud.Ref
	target string // the known section's target
	inputs cloud.Inputs

	foreign   map[string]document // what others made and the part refers to, by component
	authority string              // certificate of the API's authority, for a cluster
	watcher   string              // id of the network watcher of the region, for a network
	wanted    map[string]bool     // lower-cased ids of everything that the design wants

	mu     sync.Mutex
	seen   map[string]*found
	spares []*found          // further ones of a component: renamed, or left by two runs at once
	place  string            // the resource group that the part stands in
	group  map[string]string // its tags
	others []document        // role assignments that somebody else made
	facts  map[string]string // what the cluster beside the part says, see lookCluster
}

// find returns what is seen of a component, nil where nothing is.
func (v *view) find(component string) *found {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.seen[component]
}

// idOf is the id of a component of this part, "" where it isn't there.
func (v *view) idOf(component string) string {
	if have := v.find(component); have != nil {
		return have.id
	}
	return ""
}

// all lists what is seen of one word of component keys, by key.
func (v *view) all(word string) map[string]*found {
	v.mu.Lock()
	defer v.mu.Unlock()
	list := map[string]*found{}
	for component, have := range v.seen {
		if wordOf(component) == word {
			list[keyOf(component)] = have
		}
	}
	return list
}

// look reads a part: what carries its tags, wherever it is, and what stands at
// the wanted ids. group is the resource group that the part stands in.
func (a *api) look(ctx context.Context, ref cloud.Ref, group string, inputs cloud.Inputs, wanted []thing) (*view, error) {
	v := &view{api: a, ref: ref, inputs: inputs, seen: map[string]*found{}, wanted: map[string]bool{}}
	places := map[string]thing{} // by lower-cased id
	var tagged, tagGroups []document
	filter := "$filter=" + url.QueryEscape("tagName eq '"+cloud.TagCluster+"' and tagValue eq '"+ref.Cluster+"'")
	err := cloud.Together(
		func(ctx context.Context) (err error) {
			tagged, err = a.list(ctx, resources, "/subscriptions/"+a.subscription+"/resources", filter)
			return wrap(err, ofCluster(ref.Part, ref))
		},
		func(ctx context.Context) (err error) {
			tagGroups, err = a.list(ctx, groups, "/subscriptions/"+a.subscription+"/resourcegroups", filter)
			return wrap(err, ofCluster(ref.Part, ref))
		},
		func(ctx context.Context) error { return v.lookGroup(ctx, group) },
	)(ctx)
	if err != nil {
		return nil, err
	}
	// AKS gives the group of nodes, and all that it makes in it, the cluster's
	// tags: none of that is the cluster.
	managed := map[string]bool{}
	for _, one := range tagGroups {
		if text(one, "managedBy") != "" {
			managed[strings.ToLower(text(one, "name"))] = true
		}
	}
	for _, one := range slices.Concat(tagGroups, tagged) {
		if managed[strings.ToLower(groupOf(text(one, "id")))] {
			continue
		}
		marks := marksOf(groups, one) // tags are where they are on everything
		if marks[cloud.TagPart] == ref.Part && marks[cloud.TagKept] == "" {
			id := text(one, "id")
			places[strings.ToLower(id)] = thing{component: marks[cloud.TagComponent], id: id}
		}
	}
	for _, t := range wanted {
		if t.id != "" {
			places[strings.ToLower(t.id)] = t
			v.wanted[strings.ToLower(t.id)] = true
		}
	}
	return v, v.read(ctx, places, wanted)
}

// lookGroup reads the tags of the group that the part stands in.
func (v *view) lookGroup(ctx context.Context, group string) error {
	if group == "" {
		return nil
	}
	v.place = group
	body, err := v.get(ctx, groups, v.groupID(group))
	if err == nil {
		v.group = marksOf(groups, body)
	}
	return wrap(unlessNotFound(err), ofCluster("resource-group", v.ref))
}

// read reads what stands at places.
func (v *view) read(ctx context.Context, places map[string]thing, wanted []thing) error {
	return cloud.Each(ctx, places, func(ctx context.Context, _ string, t thing) error {
		k, known := kindOf(t.id)
		if !known {
			return nil
		}
		body, err := v.get(ctx, k, t.id)
		if isNotFound(err) {
			return nil
		}
		if err != nil {
			return wrap(err, ofCluster(t.component, v.ref))
		}
		v.file(t, k, body, wanted)
		return nil
	})
}

// file puts a resource in its place. Where two are of one component, the one
// that the design names is it.
func (v *view) file(t thing, k kind, body document, wanted []thing) {
	id := text(body, "id")
	if id == "" || t.given {
		id = t.id // as its owner's design spells it
	}
	marks := marksOf(k, body)
	component := t.component
	if marks[cloud.TagPart] == v.ref.Part && marks[cloud.TagCluster] == v.ref.Cluster && marks[cloud.TagComponent] != "" && !t.shared && !t.given {
		component = marks[cloud.TagComponent]
	}
	if component == "" {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	one := &found{component: component, id: id, kind: k, body: body, marks: marks, given: t.given}
	other := v.seen[component]
	switch {
	case other == nil || sameID(other.id, id):
		v.seen[component] = one
	case slices.ContainsFunc(wanted, func(w thing) bool { return w.component == component && sameID(w.id, id) }):
		v.seen[component] = one
		v.spares = append(v.spares, other)
	default:
		v.spares = append(v.spares, one)
	}
}

// listed files the entries of a list that are this part's: by their marks, or,
// where the kind has none or they were removed, by what name says.
func (v *view) listed(ctx context.Context, k kind, path, query string, name func(entry document) string) error {
	list, err := v.list(ctx, k, path, query)
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return wrap(err, ofCluster(k.short(), v.ref))
	}
	for _, entry := range list {
		if marks := marksOf(k, entry); marks[cloud.TagPart] != "" && (marks[cloud.TagPart] != v.ref.Part || marks[cloud.TagCluster] != v.ref.Cluster) {
			continue // another part's
		}
		component := name(entry)
		if marks := marksOf(k, entry); marks[cloud.TagComponent] != "" {
			component = marks[cloud.TagComponent]
		}
		if id := text(entry, "id"); component != "" && !v.knows(id) {
			v.file(thing{component: component, id: id}, k, entry, nil)
		}
	}
	return nil
}

// knows tells whether something at this id is filed already.
func (v *view) knows(id string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, have := range v.seen {
		if sameID(have.id, id) {
			return true
		}
	}
	return slices.ContainsFunc(v.spares, func(have *found) bool { return sameID(have.id, id) })
}

// home tells whether the group that the part stands in is this cluster's own:
// then what has lost its tags in it is no stranger's.
func (v *view) home() bool { return v.group != nil && v.ref.MayTouch("", v.group) == nil }

// mayTouch judges one resource by its marks. A mark that somebody removed makes
// nothing a stranger's in a group of ours; one that names somebody else does.
func (v *view) mayTouch(have *found) error {
	if have.marks == nil || have.foreign {
		return nil // it stands inside something that is judged, or is left alone
	}
	marks := have.marks
	if marks[cloud.TagKept] != "" && marks[cloud.TagCluster] == v.ref.Cluster && marks[cloud.TagOwner] == v.ref.Owner {
		return nil // it outlived an earlier part of that name
	}
	if v.home() && strings.EqualFold(groupOf(have.id), v.place) {
		marks = v.ref.OwnershipTags(have.component)
		for _, key := range []string{cloud.TagOwner, cloud.TagIncarnation, cloud.TagToken, cloud.TagCluster} {
			if value, ok := have.marks[key]; ok {
				marks[key] = value
			}
		}
	}
	return v.ref.MayTouch(ofCluster(have.component, v.ref)+" ("+have.id+")", marks)
}

// mine tells whether the resource carries this resource's own token, or lost its
// marks in a group of ours.
func (v *view) mine(have *found) bool {
	if have.foreign {
		return false
	}
	if have.marks == nil {
		return true
	}
	if token, ok := have.marks[cloud.TagToken]; ok {
		return token == v.ref.Token
	}
	if have.kind.marked != "" {
		return v.wanted[strings.ToLower(have.id)] // its name is derived from what it is
	}
	return v.home() && have.marks[cloud.TagKept] == "" && v.mayTouch(have) == nil
}

// objects are the ids of everything that exists, by component.
func (v *view) objects() map[string]string {
	v.mu.Lock()
	defer v.mu.Unlock()
	ids := map[string]string{}
	for component, have := range v.seen {
		ids[component] = have.id
	}
	return ids
}

// busy names what Azure is still at work on.
func (v *view) busy() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var busy []string
	for _, component := range slices.Sorted(maps.Keys(v.seen)) {
		if have := v.seen[component]; have.busy() {
			busy = append(busy, component+" "+have.state())
		}
	}
	return strings.Join(busy, ", ")
}
