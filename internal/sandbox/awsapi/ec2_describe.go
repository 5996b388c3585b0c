package awsapi

import (
	"encoding/base64"
	"fmt"
	"maps"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// ec2Object is what every EC2 object embeds.
type ec2Object struct {
	sandbox.Meta

	// Unseen is how many describes by id still answer "not found", as EC2 does
	// now and then right after a create. It comes from the setting
	// aws/ec2/read_after_write, 0 unless somebody asks for it.
	Unseen int `json:"unseen,omitempty"`
}

func (o *ec2Object) object() *ec2Object { return o }

// ec2Entity is a pointer to a struct that embeds ec2Object.
type ec2Entity interface {
	Base() *sandbox.Meta
	object() *ec2Object
}

// entity is an object as the functions for all types see it.
func entity[T any](v *T) ec2Entity {
	e, ok := any(v).(ec2Entity)
	if !ok {
		panic(fmt.Sprintf("awsapi: %T does not embed ec2Object", v))
	}
	return e
}

// newID is an id as EC2 makes them: 17 hex digits, the first of which is 0.
func newID(tx *sandbox.Tx, prefix string) string { return prefix + "0" + tx.Hex(16) }

// newObject gives a new object its id and tags.
func (q *request) newObject(prefix string, tags map[string]string) ec2Object {
	o := ec2Object{
		Meta:   sandbox.Meta{Region: q.region, ID: newID(q.tx, prefix), Tags: tags},
		Unseen: q.tx.SettingInt("aws/ec2/read_after_write", 0),
	}
	q.object(o.ID)
	return o
}

// ec2Type is what the describes, tags and errors of one type need to know.
type ec2Type[T any] struct {
	table sandbox.Table[T]

	prefix   string // of ids: "vpc-"
	tag      string // resource type in tag specifications: "vpc"
	code     string // error for an unknown id: "InvalidVpcID.NotFound"
	word     string // in that error: "vpc"
	says     string // that error's whole message, where it is not the usual one
	ids      string // parameter that lists ids: "VpcId"
	set      string // element that holds the answer: "vpcSet"
	filter   func(tx *sandbox.Tx, v *T, name string) []string
	filters  []string               // names that filter knows; tags are known to all
	states   []string               // those of them that progress changes
	progress func(q *request, v *T) // one poll; puts or deletes
	render   func(q *request, v *T) []node

	// shared are objects of other accounts that the caller may use; nil: none.
	shared func(q *request) []*T
	// visible tells whether the caller is one of those whose object it is, in a
	// table that all accounts share; nil: the table is the caller's own.
	visible func(q *request, v *T) bool
}

// lookup finds an object by id among those that the caller may see.
func (t *ec2Type[T]) lookup(q *request, id string) (*T, bool) {
	v, ok := t.table.Get(q.tx, q.region, id)
	if ok && t.visible != nil {
		ok = t.visible(q, v)
	}
	if !ok && t.shared != nil {
		for _, other := range t.shared(q) {
			if entity(other).Base().ID == id {
				return other, true
			}
		}
	}
	return v, ok
}

// list is everything that the caller may see.
func (t *ec2Type[T]) list(q *request) []*T {
	all := t.table.List(q.tx, q.region)
	if t.visible != nil {
		all = slices.DeleteFunc(all, func(v *T) bool { return !t.visible(q, v) })
	}
	if t.shared != nil {
		all = append(all, t.shared(q)...)
	}
	return all
}

// get finds an object by id, or refuses with the type's own error.
func (t *ec2Type[T]) get(q *request, id string) (*T, error) {
	v, ok := t.lookup(q, id)
	if !ok || id == "" {
		return nil, t.missing(id)
	}
	return v, nil
}

func (t *ec2Type[T]) missing(ids ...string) *apiError {
	if t.says != "" {
		return fail(http.StatusBadRequest, t.code, t.says, strings.Join(ids, ", "))
	}
	if len(ids) == 1 {
		return fail(http.StatusBadRequest, t.code, "The %s ID '%s' does not exist", t.word, ids[0])
	}
	return fail(http.StatusBadRequest, t.code, "The %s IDs '%s' do not exist", t.word, strings.Join(ids, ", "))
}

// named reads an id from a required parameter and finds the object.
func (t *ec2Type[T]) named(q *request, parameter string) (*T, error) {
	id, err := q.form.required(parameter)
	if err != nil {
		return nil, err
	}
	q.object(id)
	return t.get(q, id)
}

// own is named for what only the owner of an object may do.
func (t *ec2Type[T]) own(q *request, parameter string) (*T, error) {
	v, err := t.named(q, parameter)
	if err == nil && entity(v).Base().Account != q.tx.Account() {
		return nil, fail(http.StatusForbidden, "UnauthorizedOperation", "You are not authorized to perform this operation.")
	}
	return v, err
}

// describe is the operation that lists objects: ids, filters, pages, progress.
func (t *ec2Type[T]) describe(q *request) (any, error) {
	filters, err := q.filters(t.filters)
	if err != nil {
		return nil, err
	}
	ids := q.form.list(t.ids)
	size, token, err := q.page(len(ids) > 0)
	if err != nil {
		return nil, err
	}
	found, err := t.find(q, ids)
	if err != nil {
		return nil, err
	}
	found = t.poll(q, found, filters)
	found = slices.DeleteFunc(found, func(v *T) bool { return !t.matches(q.tx, v, filters, nil) })
	page, next := paginate(found, size, token, sequenceOf[T])
	if len(ids) == 1 {
		q.object(ids[0])
	}
	return []node{
		items(t.set, page, func(v *T) []node { return t.render(q, v) }),
		text("nextToken", next),
	}, nil
}

// find returns the objects with those ids, or all.
func (t *ec2Type[T]) find(q *request, ids []string) ([]*T, error) {
	if len(ids) == 0 {
		return t.list(q), nil
	}
	var found []*T
	var missing []string
	for _, id := range ids {
		v, ok := t.lookup(q, id)
		if ok && t.unseen(q, v) {
			ok = false
		}
		switch {
		case !ok:
			missing = append(missing, id)
		case !slices.Contains(found, v):
			found = append(found, v)
		}
	}
	if len(missing) > 0 {
		return nil, t.missing(missing...)
	}
	return found, nil
}

// unseen plays a read that comes before its write is everywhere.
func (t *ec2Type[T]) unseen(q *request, v *T) bool {
	o := entity(v).object()
	if o.Unseen == 0 {
		return false
	}
	o.Unseen--
	t.table.Put(q.tx, v)
	q.keep()
	return true
}

// poll moves the long operations of the objects asked for, and of no others:
// filters by state don't decide who is asked for. It returns who is left.
func (t *ec2Type[T]) poll(q *request, found []*T, filters []filter) []*T {
	if t.progress == nil {
		return found
	}
	for _, v := range found {
		if t.matches(q.tx, v, filters, t.states) {
			t.progress(q, v)
		}
	}
	return slices.DeleteFunc(found, func(v *T) bool {
		_, there := t.table.Anywhere(q.tx, q.region, entity(v).Base().ID)
		return !there
	})
}

func (t *ec2Type[T]) matches(tx *sandbox.Tx, v *T, filters []filter, except []string) bool {
	for _, f := range filters {
		if slices.Contains(except, f.name) {
			continue
		}
		if !f.any(t.values(tx, v, f.name)) {
			return false
		}
	}
	return true
}

func (t *ec2Type[T]) values(tx *sandbox.Tx, v *T, name string) []string {
	tags := entity(v).Base().Tags
	if strings.HasPrefix(name, "tag:") || name == "tag-key" || name == "tag-value" {
		return tagValues(tags, name)
	}
	return t.filter(tx, v, name)
}

// tagValues is what a filter on tags compares: tag:KEY, tag-key, tag-value.
func tagValues(tags map[string]string, name string) []string {
	if key, ok := strings.CutPrefix(name, "tag:"); ok {
		if value, has := tags[key]; has {
			return []string{value}
		}
		return nil
	}
	if name == "tag-key" {
		return sortedKeys(tags)
	}
	return slices.Collect(maps.Values(tags))
}

func sequenceOf[T any](v *T) uint64 { return entity(v).Base().Sequence }

// filter is one Filter.N of a request: the object must have one of the values.
type filter struct {
	name   string
	values []string
}

func (f filter) any(have []string) bool {
	return slices.ContainsFunc(f.values, func(pattern string) bool {
		return slices.ContainsFunc(have, func(value string) bool { return filterMatches(pattern, value) })
	})
}

// filterMatches matches * and ? as EC2's filters do; a backslash takes their magic.
func filterMatches(pattern, value string) bool {
	if !strings.ContainsAny(pattern, `*?\`) {
		return pattern == value
	}
	// path.Match stops at slashes and knows classes; EC2 does neither.
	hide := strings.NewReplacer("/", "\x00", "[", `\[`)
	ok, err := path.Match(hide.Replace(pattern), strings.ReplaceAll(value, "/", "\x00"))
	return ok && err == nil
}

// filters reads Filter.N.Name and Filter.N.Value.M.
func (q *request) filters(known []string) ([]filter, error) {
	var out []filter
	for _, f := range q.form.each("Filter") {
		name := f.text("Name")
		ok := strings.HasPrefix(name, "tag:") || slices.Contains(known, name) ||
			known != nil && (name == "tag-key" || name == "tag-value")
		if !ok {
			return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "The filter '%s' is invalid", name)
		}
		values := f.list("Value")
		if len(values) == 0 {
			return nil, fail(http.StatusBadRequest, "InvalidParameterValue", "The filter '%s' needs at least one value", name)
		}
		if len(values) > 200 {
			return nil, fail(http.StatusBadRequest, "FilterLimitExceeded", "The maximum number of filter values specified on a single call is 200")
		}
		out = append(out, filter{name, values})
	}
	return out, nil
}

// page reads MaxResults and NextToken. EC2 may put less into a page than was
// asked for: the setting aws/ec2/page is the most.
func (q *request) page(byID bool) (size int, token string, err error) {
	size, err = q.form.number("MaxResults", 0)
	if err != nil {
		return 0, "", err
	}
	token = q.form.text("NextToken")
	if size != 0 && byID {
		return 0, "", fail(http.StatusBadRequest, "InvalidParameterCombination", "The parameter MaxResults cannot be used with ids")
	}
	if size < 0 || size > 1000 || size > 0 && size < 5 {
		return 0, "", fail(http.StatusBadRequest, "InvalidParameterValue", "Value ( %d ) for parameter maxResults is invalid. Expecting a value between 5 and 1000.", size)
	}
	if token != "" {
		if _, ok := decodeToken(token); !ok {
			return 0, "", fail(http.StatusBadRequest, "InvalidNextToken", "The token '%s' is invalid", token)
		}
	}
	most := q.tx.SettingInt("aws/ec2/page", 1000)
	if size == 0 || size > most {
		size = most
	}
	return size, token, nil
}

// paginate cuts a page. The token is the last place seen, so that what comes
// or goes between two pages is neither skipped nor repeated.
func paginate[T any](found []T, size int, token string, place func(T) uint64) (page []T, next string) {
	slices.SortStableFunc(found, func(a, b T) int {
		switch pa, pb := place(a), place(b); {
		case pa < pb:
			return -1
		case pa > pb:
			return 1
		default:
			return 0
		}
	})
	if last, ok := decodeToken(token); ok {
		found = slices.DeleteFunc(found, func(v T) bool { return place(v) <= last })
	}
	if size == 0 {
		size = 1000
	}
	if len(found) <= size {
		return found, ""
	}
	return found[:size], base64.RawURLEncoding.EncodeToString(strconv.AppendUint([]byte("after "), place(found[size-1]), 10))
}

func decodeToken(token string) (uint64, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return 0, false
	}
	digits, ok := strings.CutPrefix(string(raw), "after ")
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	return n, err == nil
}
