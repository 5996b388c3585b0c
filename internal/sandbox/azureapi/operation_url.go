package azureapi

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

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
	return q.origin() + o.Place + "/" + orElse(q.typeOf(o.Type).flow.statuses, "operations") + "/" + o.ID + "?api-version=" + o.Version + q.sign(o)
}

func (q *request) resultURL(o *operation) string {
	name := o.ID
	if o.Type == groupType {
		name = base64.RawURLEncoding.EncodeToString([]byte(`{"jobId":"` + o.ID + `","jobLocation":"sandbox"}`))
	}
	return q.origin() + o.Place + "/" + orElse(q.typeOf(o.Type).flow.results, "operationResults") + "/" + name + "?api-version=" + o.Version + q.sign(o)
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
