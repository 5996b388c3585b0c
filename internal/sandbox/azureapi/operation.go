package azureapi

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
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

// hurry adds Retry-After as Azure sends it, and the milliseconds that
// Microsoft's SDKs prefer, so that nothing really waits.
func hurry(h http.Header, seconds string) {
	if seconds == "" || seconds == "0" {
		return
	}
	h.Set("Retry-After", seconds)
	h.Set("Retry-After-Ms", "1")
	h.Set("X-Ms-Retry-After-Ms", "1")
}

// origin is scheme and host as the caller used them.
func (q *request) origin() string {
	r := q.call.Request
	scheme := r.URL.Scheme
	if scheme == "" {
		scheme = "http"
		if r.TLS != nil {
			scheme = "https"
		}
	}
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	return scheme + "://" + host
}

// sign returns the parameters that ARM puts into an operation's address: a
// time, a certificate chain, a signature, and a hash. About 3 KB, which is
// what breaks clients that keep addresses in small columns or parse them.
func (q *request) sign(o *operation) string {
	ticks := strconv.FormatInt(q.tx.Now().UnixNano()/100+621355968000000000, 10)
	chain := make([]byte, 0, 1728)
	for i := 0; len(chain) < 1700; i++ {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s chain %d", o.ID, i))
		chain = append(chain, sum[:]...)
	}
	signature := make([]byte, 0, 256)
	for i := range 8 {
		sum := sha256.Sum256(fmt.Appendf(nil, "%s %s signature %d", o.ID, ticks, i))
		signature = append(signature, sum[:]...)
	}
	return "&t=" + ticks +
		"&c=" + base64.RawURLEncoding.EncodeToString(chain) +
		"&s=" + base64.RawURLEncoding.EncodeToString(signature) +
		"&h=" + q.seal(o.ID, ticks)
}

func (q *request) seal(parts ...string) string {
	sum := sha256.Sum256([]byte(q.tx.Realm() + " " + strings.Join(parts, " ")))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// statusURL and resultURL are what a caller polls.
func (q *request) statusURL(o *operation) string {
	return q.origin() + o.Place + "/" + q.segment(o, q.typeOf(o.Type).flow.statuses, "operations") + "/" + o.ID + "?api-version=" + o.Version + q.sign(o)
}

func (q *request) resultURL(o *operation) string {
	name := o.ID
	if o.Type == groupType {
		name = base64.RawURLEncoding.EncodeToString([]byte(`{"jobId":"` + o.ID + `","jobLocation":"sandbox"}`))
	}
	return q.origin() + o.Place + "/" + q.segment(o, q.typeOf(o.Type).flow.results, "operationResults") + "/" + name + "?api-version=" + o.Version + q.sign(o)
}

func (q *request) segment(_ *operation, named, usual string) string {
	if named != "" {
		return named
	}
	return usual
}

// announce adds what a first answer says about the operation.
func (q *request) announce(h http.Header, o *operation, style answerStyle) {
	f := q.typeOf(o.Type).flow
	if style == byHeader || style == byStatus {
		h.Set("Azure-Asyncoperation", q.statusURL(o))
	}
	if style == byStatus || style == byPlace || style == byHeader && o.Verb == http.MethodDelete {
		h.Set("Location", q.resultURL(o))
	}
	if f.notify {
		h.Set("Azure-Asyncnotification", "Enabled")
	}
	hurry(h, q.tx.Setting("azure/retry-after", f.retry))
}

// operationRoutes are the addresses of operations under way.
func operationRoutes() map[string]route {
	out := map[string]route{
		"GET Microsoft.Resources/subscriptions/operationResults": {open: true, run: pollResult},
		"GET Microsoft.Storage/locations/asyncoperations":        {open: true, run: pollResult},
		"GET Microsoft.Network/privateDnsOperationStatuses":      {open: true, run: pollStatus},
		"GET Microsoft.Network/privateDnsOperationResults":       {open: true, run: pollResult},
	}
	for _, ns := range []string{
		"Microsoft.Network", "Microsoft.ContainerService", "Microsoft.ContainerRegistry",
		"Microsoft.KeyVault", "Microsoft.OperationalInsights", "Microsoft.Storage",
	} {
		out["GET "+ns+"/locations/operations"] = route{open: true, run: pollStatus}
		out["GET "+ns+"/locations/operationResults"] = route{open: true, run: pollResult}
	}
	return out
}

// asked finds the operation that an address names. The signature must be the
// one that was given out: a client has to follow the address as it is.
func (q *request) asked() (*operation, error) {
	gone := refuse(http.StatusNotFound, "NotFound", "The entity was not found.")
	if !q.address.whole() {
		return nil, gone
	}
	name := q.address.names[len(q.address.names)-1]
	if raw, err := base64.RawURLEncoding.DecodeString(name); err == nil {
		if _, rest, ok := strings.Cut(string(raw), `"jobId":"`); ok {
			name, _, _ = strings.Cut(rest, `"`)
		}
	}
	o, ok := operations.Get(q.tx, "", strings.ToLower(name))
	if !ok {
		return nil, gone
	}
	if q.query.Get("h") != q.seal(o.ID, q.query.Get("t")) || q.query.Get("c") == "" || q.query.Get("s") == "" {
		return nil, refuse(http.StatusForbidden, "InvalidOperationSignature",
			"The signature of the operation's address is missing or is not the one that was given out. Follow the address as it is.")
	}
	if q.version != o.Version {
		return nil, refuse(http.StatusBadRequest, "NoRegisteredProviderFound",
			"No registered resource provider found for API version '%s' for type 'locations/operations'. The supported api-versions are '%s'.", q.version, o.Version)
	}
	return o, nil
}

// pollStatus answers an Azure-AsyncOperation address.
func pollStatus(q *request) (*sandbox.Response, error) {
	o, err := q.asked()
	if err != nil {
		return nil, err
	}
	q.call.Object = o.Target
	q.step(o)
	body := map[string]any{"status": o.Status}
	t := q.typeOf(o.Type)
	if t.namespace() != networkNamespace {
		body["name"], body["startTime"] = o.ID, o.Started.Format(time.RFC3339Nano)
		if o.over() {
			body["endTime"] = o.Ended.Format(time.RFC3339Nano)
		}
	}
	if o.Status == "Failed" {
		code, message, _ := strings.Cut(o.Fails, ": ")
		body["error"] = map[string]any{"code": code, "message": message, "details": []any{}}
	}
	answer := respond(http.StatusOK, body)
	if !o.over() {
		hurry(answer.Header, q.tx.Setting("azure/retry-after", t.flow.retry))
	}
	return answer, nil
}

// pollResult answers a Location address: 202 and a freshly signed one until
// the end.
func pollResult(q *request) (*sandbox.Response, error) {
	o, err := q.asked()
	if err != nil {
		return nil, err
	}
	q.call.Object = o.Target
	q.step(o)
	if !o.over() {
		answer := respond(http.StatusAccepted, nil)
		answer.Header.Set("Location", q.resultURL(o))
		hurry(answer.Header, q.tx.Setting("azure/retry-after", q.typeOf(o.Type).flow.retry))
		return answer, nil
	}
	if o.Status == "Failed" {
		code, message, _ := strings.Cut(o.Fails, ": ")
		return nil, refuse(http.StatusConflict, code, "%s", message)
	}
	r := q.get(o.Target)
	if o.Verb == http.MethodDelete || r == nil {
		if o.Type == groupType {
			return respond(http.StatusOK, nil), nil
		}
		return respond(http.StatusNoContent, nil), nil
	}
	return respond(http.StatusOK, q.render(r)), nil
}

// derived is a GUID made from the store's realm and a purpose: the same for
// everybody who uses the store, another in every other store.
func derived(realm, purpose string) string {
	sum := sha256.Sum256([]byte("azure " + realm + " " + purpose))
	h := []byte(hex.EncodeToString(sum[:16]))
	h[12], h[16] = '4', "89ab"[h[16]%4]
	return fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}
