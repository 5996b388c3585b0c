package azurecloud

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// part is one part of a cluster: what the engine below needs to know of it. It
// implements [cloud.Part].
type part[D blueprint.Section, O any] struct {
	cloud *azureCloud
	main  string // component that the part hangs on; "" where it has none
	// group is the resource group that a design stands in, "" in a zero one.
	group func(D) string
	// tags is the field of the design's tags, where remarks go as well.
	tags func(*D) *map[string]string
	// things are all things of a design, in any order. What can't be known yet
	// is left empty: they are asked for again before each step.
	things func(v *view, design D) []thing
	// roles are the roles that a design assigns, by name; it may be nil.
	roles func(D) []string
	// look reads what neither tags nor the wanted ids lead to; it may be nil.
	look func(ctx context.Context, v *view, known D) error
	// validate refuses what can't be realized, before any call; it may be nil.
	validate func(ref cloud.Ref, design D, inputs cloud.Inputs) error
	// steps is the table of contents.
	steps func(r *run[D, O]) cloud.Step
	// observe builds the design and the outputs from what is there. known is a
	// hint only.
	observe func(v *view, known D) (D, O, []string)
	// removal is the order in which what is no longer wanted goes: first words
	// of component keys, those that use others before them.
	removal []string
	// prepare readies a delete (leftovers, locks); it may be nil.
	prepare func(ctx context.Context, r *run[D, O], options cloud.DeleteOptions) error
	// keeps tells what outlives the part; it may be nil.
	keeps func(options cloud.DeleteOptions, component string) bool
	// leftovers lists what Kubernetes made; it may be nil.
	leftovers func(ctx context.Context, v *view) []string
	// remove deletes one component in a way of its own, or says that it has
	// none; it may be nil.
	remove func(ctx context.Context, r *run[D, O], have *found) (done bool, err error)
}

// run is one Ensure or Delete: what is wanted, what was seen, and what was made
// so far.
type run[D blueprint.Section, O any] struct {
	*view
	cloud.Ledger
	part   *part[D, O]
	design D
	known  D
}

func (r *run[D, O]) object(component string) string { return ofCluster(component, r.ref) }

// view reads the part. design says where to look, known where to look as well.
func (p *part[D, O]) view(ctx context.Context, api *api, ref cloud.Ref, design, known D, inputs cloud.Inputs) (*view, error) {
	blank := &view{api: api, ref: ref, inputs: inputs, seen: map[string]*found{}}
	var wanted []thing
	for _, section := range []D{known, design} {
		if section.In().Cluster != "" {
			if p.roles != nil {
				if err := api.roles.resolve(ctx, api, p.roles(section)...); err != nil {
					return nil, err
				}
			}
			wanted = append(wanted, p.things(blank, section)...)
		}
	}
	v, err := api.look(ctx, ref, p.group(design), inputs, wanted)
	if err != nil {
		return nil, err
	}
	v.target = design.In().Target
	if p.look != nil {
		if err := p.look(ctx, v, design); err != nil {
			return nil, err
		}
	}
	if len(v.others) > 0 && design.In().Cluster != "" {
		v.serve(p.things(v, design))
	}
	return v, nil
}

// Find implements [cloud.Part].
func (p *part[D, O]) Find(ctx context.Context, ref cloud.Ref, known D) (cloud.Observed[D, O], error) {
	api, err := p.cloud.at(ctx, ref)
	if err != nil {
		return cloud.Observed[D, O]{}, err
	}
	v, err := p.view(ctx, api, ref, known, known, cloud.Inputs{})
	if err != nil {
		return cloud.Observed[D, O]{}, err
	}
	seen := p.seen(v, known)
	if !seen.Exists {
		return seen, &cloud.Error{
			Kind: cloud.ErrNotFound, Operation: "find", Object: ofCluster(ref.Part, ref),
			Reason: "nothing in subscription " + api.subscription + " has the tags " + cloud.TagCluster + " = " + ref.Cluster + " and " + cloud.TagPart + " = " + ref.Part,
		}
	}
	if p.leftovers != nil {
		seen.Leftovers = p.leftovers(ctx, v)
	}
	return seen, nil
}

// seen is the part as the view shows it: equal, field by field, to the design
// that was ensured, where nothing has drifted.
func (p *part[D, O]) seen(v *view, known D) cloud.Observed[D, O] {
	seen := cloud.Observed[D, O]{Objects: v.objects(), Busy: v.busy()}
	main := v.main(p.main)
	if main == nil {
		return seen
	}
	seen.Exists = true
	seen.Owner, seen.Incarnation, seen.Token = main.marks[cloud.TagOwner], main.marks[cloud.TagIncarnation], main.marks[cloud.TagToken]
	seen.Design, seen.Outputs, seen.Warnings = p.observe(v, known)
	seen.Design = respelled(seen.Design, known)
	tags := p.tags(&seen.Design)
	*tags = v.observeTags(main, *p.tags(&known))
	for component, remark := range v.remarks(p.things(v, seen.Design)) {
		if *tags == nil {
			*tags = map[string]string{}
		}
		(*tags)[component] = cloud.Remark((*tags)[component], remark)
	}
	return seen
}

// main is what the part hangs on, nil where the part doesn't exist.
func (v *view) main(component string) *found {
	if component != "" {
		return v.find(component)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	var first *found
	for _, have := range v.seen {
		if first == nil || have.component < first.component {
			first = have
		}
	}
	return first
}

// remarks are what differs between the things of an observed design and what is
// there: drift for which the design has no word.
func (v *view) remarks(things []thing) map[string]string {
	remarks := map[string]string{}
	for _, t := range things {
		have := v.find(t.component)
		if have == nil || t.shared || t.given {
			continue
		}
		told := differences("", t.want, have.body)
		for key, value := range t.tags {
			if have.marks != nil && have.marks[key] != value {
				told = append(told, "tag "+key+" is "+shown(have.marks[key]))
			}
		}
		if have.failed() {
			told = append(told, "provisioning failed")
		}
		if len(told) > 0 {
			slices.Sort(told)
			remarks[t.component] = strings.Join(told, "; ")
		}
	}
	return remarks
}

// Ensure implements [cloud.Part].
func (p *part[D, O]) Ensure(ctx context.Context, ref cloud.Ref, design, known D, inputs cloud.Inputs) (cloud.Observed[D, O], error) {
	none := cloud.Observed[D, O]{}
	api, err := p.cloud.at(ctx, ref)
	if err != nil {
		return none, err
	}
	if ref.Token == "" || ref.Owner == "" || ref.Part == "" {
		return none, &cloud.Error{Kind: cloud.ErrInvalid, Operation: "ensure", Object: ofCluster(ref.Part, ref),
			Reason: "owner, part and token must be given to make or change anything", Todo: "This is a defect of kready: please report it."}
	}
	if p.validate != nil {
		if err := p.validate(ref, design, inputs); err != nil {
			return none, err
		}
	}
	v, err := p.view(ctx, api, ref, design, known, inputs)
	if err != nil {
		return none, err
	}
	r := &run[D, O]{view: v, part: p, design: design, known: known}
	if err := r.refuse(); err != nil {
		return none, err
	}
	if err := cloud.InOrder(p.steps(r), r.removeRest)(ctx); err != nil {
		return r.remains(ctx), wrap(err, r.object(ref.Part))
	}
	if _, changed := r.Snapshot(); !changed {
		return p.seen(v, design), nil
	}
	return r.settled(ctx)
}

// refuse judges whose everything is that was found, before anything is changed.
func (r *run[D, O]) refuse() error {
	var problems []error
	for _, t := range r.part.things(r.view, r.design) {
		if have := r.find(t.component); have != nil && !t.shared && !t.given {
			problems = append(problems, r.mayTouch(have))
		}
	}
	return errors.Join(problems...)
}

// make ensures the things whose component keys begin with one of the words, all
// at once.
func (r *run[D, O]) make(words ...string) cloud.Step {
	return func(ctx context.Context) error {
		chosen := map[string]thing{}
		for _, t := range r.part.things(r.view, r.design) {
			if slices.Contains(words, wordOf(t.component)) || slices.Contains(words, t.component) {
				chosen[t.component] = t
			}
		}
		return cloud.Each(ctx, chosen, func(ctx context.Context, _ string, t thing) error {
			return wrap(r.ensure(ctx, t), r.object(t.component))
		})
	}
}

// freshLooks is how often something is looked for that was changed a moment ago,
// and staleTries how often something is written that others write as well.
const (
	freshLooks = 12
	staleTries = 4
)

// ensure makes one thing, or makes it what it should be.
func (r *run[D, O]) ensure(ctx context.Context, t thing) error {
	k, known := kindOf(t.id)
	if !known {
		return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "ensure", Object: r.object(t.component),
			Reason: "nobody knows yet where it is to be: " + t.id, Todo: "This is a defect of kready: please report it."}
	}
	have := r.find(t.component)
	if t.given {
		if have == nil {
			return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "verify", Object: r.object(t.component), Reason: t.id + " does not exist, or can't be seen with this login",
				Todo: "Correct its id under network.existing, or give the login the right to read it."}
		}
		return nil
	}
	if have != nil && have.foreign && says(t, have.body) {
		return nil
	}
	if have != nil && !sameID(have.id, t.id) {
		have = r.displace(t, have)
	}
	if have == nil {
		return r.write(ctx, t, k, merged(t.birth, t.want), "", nil)
	}
	if t.shared {
		return nil
	}
	var err error
	for try := 0; ; try++ {
		if have, err = r.settle(ctx, have); err != nil {
			return err
		}
		if have == nil { // it was on its way out
			return r.write(ctx, t, k, merged(t.birth, t.want), "", nil)
		}
		if r.agrees(t, have) {
			return nil
		}
		etag := ""
		if k.etag {
			etag = text(have.body, k.path("etag")...)
		}
		err = r.write(ctx, t, k, merged(writable(k, have.body), t.want), etag, have.marks)
		if statusOf(err) != http.StatusPreconditionFailed || try >= staleTries {
			return err
		}
		var body document
		if body, err = r.get(ctx, k, have.id); err != nil {
			return err
		}
		have = &found{component: t.component, id: have.id, kind: k, body: body, marks: marksOf(k, body)}
	}
}

// displace makes a spare of what stands under another id than the wanted one. What
// a run that was cut short made under the wanted id is no spare any longer, or it
// would be removed with them.
func (r *run[D, O]) displace(t thing, have *found) *found {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.seen, t.component)
	i := slices.IndexFunc(r.spares, func(spare *found) bool { return sameID(spare.id, t.id) })
	if i < 0 {
		r.spares = append(r.spares, have)
		return nil
	}
	wanted := r.spares[i]
	r.spares[i], r.seen[t.component] = have, wanted
	return wanted
}

// agrees tells whether a resource is what the thing wants.
func (r *run[D, O]) agrees(t thing, have *found) bool {
	if have.failed() || len(differences("", t.want, have.body)) > 0 {
		return false
	}
	set, drop := r.changedMarks(t, have)
	return len(set)+len(drop) == 0
}

// changedMarks compares the marks of a resource with the wanted ones.
func (r *run[D, O]) changedMarks(t thing, have *found) (set map[string]string, drop []string) {
	want := r.marks(t)
	switch {
	case have.kind.tagged:
		return r.tagging.Changed(want, have.marks)
	case have.kind.marked != "" && markText(want) != markText(have.marks):
		return want, nil
	}
	return nil, nil
}

// marks are all wanted tags of a thing, or what stands for them.
func (r *run[D, O]) marks(t thing) map[string]string {
	if k, _ := kindOf(t.id); !k.tagged {
		marks := r.ref.OwnershipTags(t.component)
		maps.Copy(marks, t.tags)
		return marks
	}
	want := r.tagging.Want(r.ref, t.component, "", *r.part.tags(&r.design))
	maps.Copy(want, t.tags)
	return want
}

// write writes a body with its marks, and files what came of it.
func (r *run[D, O]) write(ctx context.Context, t thing, k kind, body document, etag string, have map[string]string) error {
	switch {
	case t.shared:
	case k.tagged:
		tags := document{}
		want := r.marks(t)
		_, drop := r.tagging.Changed(want, have)
		for key, value := range have {
			if !slices.Contains(drop, key) {
				tags[key] = value
			}
		}
		for key, value := range want {
			tags[key] = value
		}
		body = k.withTags(body, tags)
	case k.marked != "":
		body = merged(body, document{"properties": document{k.marked: markText(r.marks(t))}})
	}
	made, err := r.put(ctx, k, t.id, body, etag)
	if isCode(err, "RoleAssignmentExists") {
		return r.adoptRole(ctx, t)
	}
	if err != nil {
		if id := text(made, "id"); id != "" { // begun, and not seen to its end
			r.Made(t.component, id)
		}
		return err
	}
	if len(made) == 0 { // Azure answers some writes with nothing
		if made, err = r.get(ctx, k, t.id); err != nil {
			return err
		}
	}
	id := text(made, "id")
	if id == "" {
		id = t.id
	}
	r.mu.Lock()
	r.seen[t.component] = &found{component: t.component, id: id, kind: k, body: made, marks: marksOf(k, made)}
	r.mu.Unlock()
	r.Made(t.component, id)
	return nil
}

// settle waits until Azure is no longer at work on a resource, such as after a
// create that was cut short. nil is one that is gone.
func (r *run[D, O]) settle(ctx context.Context, have *found) (*found, error) {
	if !have.busy() {
		return have, nil
	}
	err := r.poll.Until(ctx, r.object(have.component), func(ctx context.Context) (bool, string, error) {
		body, err := r.get(ctx, have.kind, have.id)
		if isNotFound(err) {
			have = nil
			return true, "", nil
		}
		if err != nil {
			return false, "", err
		}
		have = &found{component: have.component, id: have.id, kind: have.kind, body: body, marks: marksOf(have.kind, body)}
		return !have.busy(), have.state(), nil
	})
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil && have != nil {
		r.seen[have.component] = have
	}
	r.Touched()
	return have, err
}

// writable is a body without what only Azure writes.
func writable(k kind, body document) document {
	over := document{
		"id": nil, "name": nil, "type": nil, "etag": nil, "systemData": nil,
		"properties": document{"provisioningState": nil, "resourceGuid": nil},
	}
	if !k.tagged {
		over["location"] = nil // of what it hangs on
	}
	return merged(body, over)
}

// settled reads the part once more after changes, for a while where what was
// changed a moment ago can't be seen yet.
func (r *run[D, O]) settled(ctx context.Context) (cloud.Observed[D, O], error) {
	var seen cloud.Observed[D, O]
	looks := 0
	err := cloud.Brief(r.poll).Until(ctx, r.object(r.ref.Part), func(ctx context.Context) (bool, string, error) {
		v, err := r.part.view(ctx, r.api, r.ref, r.design, r.design, r.inputs)
		if err != nil {
			return false, "", err
		}
		looks++
		seen = r.part.seen(v, r.design)
		done := cloud.SameSection(seen.Design, r.design) && len(cloud.Absent(r.design, seen.Objects)) == 0
		return done || looks >= freshLooks, "spreading", nil
	})
	if err != nil {
		return r.remains(ctx), err
	}
	if absent := cloud.Absent(r.design, seen.Objects); len(absent) > 0 {
		return seen, cloud.Unseen(r.object(r.ref.Part), absent)
	}
	return seen, nil
}

// remains is what exists after a failure or an interruption, as far as it can
// be learned.
func (r *run[D, O]) remains(ctx context.Context) cloud.Observed[D, O] {
	ctx, cancel := cloud.ReadBack(ctx)
	defer cancel()
	made, _ := r.Snapshot()
	v, err := r.part.view(ctx, r.api, r.ref, r.design, r.known, r.inputs)
	if err != nil {
		v = r.view // what this run saw and made is still the truth
	}
	seen := r.part.seen(v, r.design)
	cloud.AddMade(&seen.Objects, made)
	seen.Exists = seen.Exists || made[r.part.main] != ""
	return seen
}
