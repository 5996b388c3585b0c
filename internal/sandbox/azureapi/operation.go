package azureapi

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// flow is how writes on a type answer, and how they go on.
type flow struct {
	create answerStyle
	remove answerStyle

	// states are what the operation says before its end, one after the other.
	states []string
	// creating is the provisioningState of a new resource meanwhile.
	creating string
	// version is the api-version in the operation's address; it need not be the
	// one of the request.
	version string
	// statuses and results are the last types in the addresses of
	// Azure-AsyncOperation and Location.
	statuses, results string
	// grouped puts the operation's address into the resource's group.
	grouped bool
	polls   int
	retry   string // Retry-After, in seconds
	notify  bool   // Azure-AsyncNotification: Enabled
}

// answerStyle is how the first answer of a write shows that it goes on.
type answerStyle int

const (
	atOnce   answerStyle = iota // it does not: it is done
	byHeader                    // Azure-AsyncOperation; PUT with the body, DELETE with 202
	byStatus                    // 202 without a body, Azure-AsyncOperation and Location
	byState                     // nothing but provisioningState in the body
	byPlace                     // 202 and Location only
)

// operation is one long write.
type operation struct {
	sandbox.Meta
	Type     string           `json:"type"`
	Target   string           `json:"target"` // id of the resource
	Verb     string           `json:"verb"`   // PUT, DELETE, POST
	Place    string           `json:"place"`  // path before /statuses/ or /results/
	Status   string           `json:"status"` // Succeeded and Failed are ends
	Progress sandbox.Progress `json:"progress"`
	Passed   int              `json:"passed"` // polls so far
	Started  time.Time        `json:"started"`
	Ended    time.Time        `json:"ended,omitzero"`
	Fails    string           `json:"fails,omitempty"` // "Code: message" at its end
	Version  string           `json:"version"`         // api-version of its address
}

var operations = sandbox.NewTable[operation](cloud, "operations")

// keptOperations bounds how many ended operations stay to be asked for.
const keptOperations = 128

func (o *operation) over() bool { return !o.Ended.IsZero() }

// begin starts an operation on a resource that is stored.
func (q *request) begin(t *resourceType, r *resource, verb string) *operation {
	f := t.flow
	ended := operations.Where(q.tx, "", (*operation).over)
	for _, o := range ended[:max(0, len(ended)-keptOperations)] {
		operations.Delete(q.tx, "", o.ID)
	}
	o := &operation{
		Meta: sandbox.Meta{ID: q.tx.UUID(), Name: verb + " " + r.Name, Hidden: true},
		Type: t.name, Target: r.ID, Verb: verb, Status: "InProgress", Started: q.tx.Now(),
		Progress: q.tx.Steps("azure/"+t.name, f.polls), Version: f.version,
	}
	if o.Version == "" {
		o.Version = q.version
	}
	a, _ := parseAddress(r.Path)
	switch {
	case f.grouped:
		o.Place = "/subscriptions/" + a.subscription + "/resourceGroups/" + a.group + "/providers/" + t.namespace()
	case t.namespace() == resourcesNamespace:
		o.Place = "/subscriptions/" + a.subscription
	default:
		o.Place = "/subscriptions/" + a.subscription + "/providers/" + t.namespace() + "/locations/" + q.home(r)
	}
	if wanted := q.tx.Setting("azure/fail/"+t.name, ""); wanted != "" {
		o.Fails = wanted
		q.tx.Set("azure/fail/"+t.name, "")
	}
	if doom := textAt(r.Kept, "doomed"); doom != "" && verb == http.MethodPut {
		o.Fails = doom
		delete(r.Kept, "doomed")
	}
	r.Operation = o.ID
	q.save(r)
	if o.Progress.Left == 0 {
		q.end(o)
	}
	operations.Put(q.tx, o)
	return o
}

// home is where a resource's operations are: its location, or its parent's.
func (q *request) home(r *resource) string {
	for at := r; at != nil; at = q.above(at) {
		if at.Location != "" && at.Location != "global" {
			return at.Location
		}
	}
	return "global"
}

// above is the resource's parent, or the group or resource that it hangs on.
func (q *request) above(r *resource) *resource {
	a, _ := parseAddress(r.ID)
	if len(a.names) > 1 {
		return q.get(a.above(len(a.names) - 1).id())
	}
	if a.scope != "" {
		return q.get(a.scope)
	}
	return nil
}

// step is one poll of the operation.
func (q *request) step(o *operation) {
	if o.over() {
		return
	}
	done, moved := o.Progress.Poll()
	if !done && !moved {
		return
	}
	if states := q.typeOf(o.Type).flow.states; o.Passed < len(states) {
		o.Status = states[o.Passed]
	}
	o.Passed++
	if done {
		q.end(o)
	}
	operations.Put(q.tx, o)
}

// end brings the operation to its end, and the resource with it.
func (q *request) end(o *operation) {
	o.Ended, o.Status = q.tx.Now(), "Succeeded"
	if o.Fails != "" {
		o.Status = "Failed"
	}
	r := q.get(o.Target)
	if r == nil || r.Operation != o.ID {
		return
	}
	t := q.typeOf(o.Type)
	r.Operation = ""
	switch {
	case o.Fails != "":
		r.State = "Failed"
	case o.Verb == http.MethodDelete:
		q.drop(r)
		return
	default:
		r.State = ""
	}
	q.touch(r)
	if r.State == "" && t.done != nil {
		t.done(q, r)
	}
}

// advance polls the operation on a resource, if there is one, because somebody
// asked for the resource or was refused on account of it.
func (q *request) advance(r *resource) {
	if r.Operation == "" {
		return
	}
	if o, ok := operations.Get(q.tx, "", r.Operation); ok {
		q.step(o)
	}
}

// derived is a GUID made from the store's realm and a purpose: the same for
// everybody who uses the store, another in every other store.
func derived(realm, purpose string) string {
	sum := sha256.Sum256([]byte("azure " + realm + " " + purpose))
	h := []byte(hex.EncodeToString(sum[:16]))
	h[12], h[16] = '4', "89ab"[h[16]%4]
	return fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}
