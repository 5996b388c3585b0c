package azurecloud

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Delete implements [cloud.Part].
func (p *part[D, O]) Delete(ctx context.Context, ref cloud.Ref, design D, options cloud.DeleteOptions) error {
	if ref.Token == "" {
		return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "delete", Object: ofCluster(ref.Part, ref),
			Reason: "no token is given, so nothing can be told to be this resource's own", Todo: "Apply once, so that it is marked; then destroy."}
	}
	api, err := p.cloud.at(ctx, ref)
	if err != nil {
		return err
	}
	v, err := p.view(ctx, api, ref, design, design, cloud.Inputs{})
	if err != nil {
		return err
	}
	r := &run[D, O]{view: v, part: p, design: design, known: design}
	if p.prepare != nil {
		if err := p.prepare(ctx, r, options); err != nil {
			return wrap(err, r.object(ref.Part))
		}
	}
	var doomed []*found
	main := v.main(p.main)
	for _, have := range v.everything() {
		// What has no marks of its own goes with what it stands in.
		switch {
		case have.given:
		case have.marks == nil && (main == nil || !v.mine(main)), !v.mine(have):
		case p.keeps != nil && p.keeps(options, have.component):
			if err := r.keep(ctx, have); err != nil {
				return wrap(err, r.object(have.component))
			}
		default:
			doomed = append(doomed, have)
		}
	}
	return r.removeAll(ctx, doomed)
}

// everything lists what is seen, spares included, by component.
func (v *view) everything() []*found {
	v.mu.Lock()
	defer v.mu.Unlock()
	list := slices.Clone(v.spares)
	for _, have := range v.seen {
		list = append(list, have)
	}
	slices.SortFunc(list, func(a, b *found) int { return strings.Compare(a.component+a.id, b.component+b.id) })
	return list
}

// removeRest removes what the design no longer holds, after everything that it
// holds stands.
func (r *run[D, O]) removeRest(ctx context.Context) error {
	wanted := r.design.Components()
	var rest []*found
	for _, have := range r.everything() {
		spare := slices.Contains(r.spares, have)
		if (spare || !slices.Contains(wanted, have.component)) && !have.foreign && !have.given && r.mayTouch(have) == nil {
			rest = append(rest, have)
		}
	}
	return r.removeAll(ctx, rest)
}

// removeAll deletes resources in the part's order, those of one word at the same
// time. What the order doesn't name goes with what it stands in.
func (r *run[D, O]) removeAll(ctx context.Context, doomed []*found) error {
	for _, word := range r.part.removal {
		now := map[string]*found{}
		for _, have := range doomed {
			if wordOf(have.component) == word || have.component == word {
				now[have.id] = have
			}
		}
		if err := cloud.Each(ctx, now, func(ctx context.Context, _ string, have *found) error {
			return wrap(r.removeOne(ctx, have), r.object(have.component))
		}); err != nil {
			return err
		}
		if err := context.Cause(ctx); err != nil {
			return wrap(err, r.object(word))
		}
	}
	return nil
}

// lingering is how often a delete is tried while something is in the way that
// Azure is about to remove: a quarter of an hour with the default poll.
const lingering = 30

// removeOne deletes one resource. While something uses it that may be on its way
// out, it waits.
func (r *run[D, O]) removeOne(ctx context.Context, have *found) error {
	if r.part.remove != nil {
		if done, err := r.part.remove(ctx, r, have); done || err != nil {
			if err == nil {
				r.forget(have)
			}
			return err
		}
	}
	_, err := cloud.Persist(ctx, r.poll, lingering, inUse, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, r.remove(ctx, have.kind, have.id)
	})
	if err == nil {
		r.forget(have)
	}
	return err
}

// inUse tells whether Azure refuses a delete because something else still uses
// it: a cluster's addresses linger for minutes after it is gone.
func inUse(err error) bool {
	code := strings.ToLower(codeOf(err))
	return strings.HasPrefix(code, "inuse") || strings.HasSuffix(code, "cannotbedeleted")
}

// forget takes a resource out of the view, and notes that it was removed.
func (r *run[D, O]) forget(have *found) {
	r.mu.Lock()
	if current := r.seen[have.component]; current == have {
		delete(r.seen, have.component)
	}
	r.spares = slices.DeleteFunc(r.spares, func(spare *found) bool { return spare == have })
	_, stays := r.seen[have.component]
	r.mu.Unlock()
	if stays {
		r.Touched()
	} else {
		r.Gone(have.component)
	}
}

// keep marks what outlives the part: it loses its token, so that the next part
// of the same name and owner may take it.
func (r *run[D, O]) keep(ctx context.Context, have *found) error {
	tags := document{}
	for key, value := range have.marks {
		if key != cloud.TagToken {
			tags[key] = value
		}
	}
	tags[cloud.TagKept] = "true"
	body := have.kind.withTags(writable(have.kind, have.body), tags)
	_, err := r.put(ctx, have.kind, have.id, body, "")
	return err
}

// emptyGroup refuses to delete a resource group that holds what is not this
// part's: Azure would delete all of it. ARM's list of a group lags behind, so
// what it names is looked at, and what is on its way out is waited for.
func (a *api) emptyGroup(ctx context.Context, ref cloud.Ref, group string) (kept bool, err error) {
	object := ofCluster("resource-group", ref)
	err = a.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		list, err := a.list(ctx, resources, a.groupID(group)+"/resources", "")
		if isNotFound(err) {
			return true, "", nil
		}
		if err != nil {
			return false, "", err
		}
		var staying, leaving []string
		for _, one := range list {
			id := text(one, "id")
			if marksOf(groups, one)[cloud.TagKept] != "" {
				kept = true
				continue
			}
			switch stays, goes, err := a.presence(ctx, id); {
			case err != nil:
				return false, "", err
			case stays:
				staying = append(staying, id)
			case goes:
				leaving = append(leaving, id)
			}
		}
		if len(staying) == 0 {
			return len(leaving) == 0, "holding " + strings.Join(leaving, ", "), nil
		}
		slices.Sort(staying)
		return false, "", &cloud.Error{
			Kind: cloud.ErrNotEmpty, Operation: "delete", Object: object,
			Reason: fmt.Sprintf("resource group %s still holds %s", group, strings.Join(staying, ", ")),
			Todo:   "Move or remove what kready did not make, or destroy the part that it belongs to; then apply again. Azure would delete all of it with the group.",
		}
	})
	return kept, err
}

// presence tells whether something stays where it is, or is on its way out. What
// kready has no kind for is taken to stay.
func (a *api) presence(ctx context.Context, id string) (stays, goes bool, err error) {
	k, known := kindOf(id)
	if !known {
		return true, false, nil
	}
	body, err := a.get(ctx, k, id)
	if err != nil {
		return false, false, unlessNotFound(err)
	}
	goes = strings.EqualFold(text(body, "properties", "provisioningState"), "Deleting")
	return !goes, goes, nil
}
