package azurecloud

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore/runtime"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// get reads what is at an id; the error is ErrNotFound where nothing is.
func (a *api) get(ctx context.Context, k kind, id string) (document, error) {
	response, err := a.send(ctx, http.MethodGet, k, id, nil, "") //nolint:bodyclose // the SDK reads it whole and closes it
	if err != nil {
		return nil, err
	}
	var body document
	err = runtime.UnmarshalAsJSON(response, &body)
	return body, called(err, http.MethodGet, k)
}

// list reads every entry below a path, page by page. query is what follows the
// api-version, such as "$filter=…", encoded.
func (a *api) list(ctx context.Context, k kind, path, query string) ([]document, error) {
	var all []document
	address := a.address(path, k.version, query)
	for address != "" {
		request, err := runtime.NewRequestForNextLink(ctx, http.MethodGet, a.endpoint, address)
		if err != nil {
			return nil, err
		}
		response, err := a.pipeline.Do(request) //nolint:bodyclose // the SDK reads it whole and closes it
		if err != nil {
			return nil, called(err, "LIST", k)
		}
		if response.StatusCode != http.StatusOK {
			return nil, called(runtime.NewResponseError(response), "LIST", k)
		}
		var page struct {
			Value    []document `json:"value"`
			NextLink string     `json:"nextLink"`
		}
		if err := runtime.UnmarshalAsJSON(response, &page); err != nil {
			return nil, called(err, "LIST", k)
		}
		all = append(all, page.Value...)
		address = page.NextLink
	}
	return all, nil
}

// put writes a resource and follows the operation to its end. etag is what was
// read, where others may write too.
func (a *api) put(ctx context.Context, k kind, id string, body document, etag string) (document, error) {
	return a.write(ctx, http.MethodPut, k, id, body, etag)
}

// post runs an action of a resource, such as "listClusterUserCredential".
func (a *api) post(ctx context.Context, k kind, id, action string, body document) (document, error) {
	return a.write(ctx, http.MethodPost, k, id+"/"+action, body, "")
}

// remove deletes a resource and follows the operation to its end. What is gone
// already is success.
func (a *api) remove(ctx context.Context, k kind, id string) error {
	_, err := a.write(ctx, http.MethodDelete, k, id, nil, "")
	return unlessNotFound(err)
}

// write makes a change: one at a time in each resource, not cut short by an
// interruption, and again where something else is in progress or a thing made
// a moment ago can't be seen yet.
func (a *api) write(ctx context.Context, method string, k kind, id string, body document, etag string) (document, error) {
	done, err := a.writes.take(ctx, rootOf(id))
	if err != nil {
		return nil, err
	}
	defer done()
	tries := 0
	passes := func(err error) bool {
		tries++
		return tries < patience(k, method, err)
	}
	return cloud.Persist(ctx, a.poll, busyLooks, passes, func(ctx context.Context) (document, error) {
		response, err := cloud.Commit(ctx, func(ctx context.Context) (*http.Response, error) { //nolint:bodyclose // the poller closes it
			return a.send(ctx, method, k, id, body, etag)
		})
		if err != nil {
			return nil, err
		}
		answer, err := a.follow(ctx, method, k, id, response)
		if err != nil && method == http.MethodPut {
			answer = document{"id": id} // Azure took it: whatever becomes of it, something is there
		}
		return answer, err
	})
}

// busyLooks is how often a write is tried while something is in its way that
// passes by itself: some twenty minutes with the default poll.
const busyLooks = 45

// follow polls an operation to its end, at the pace that Azure asks for.
func (a *api) follow(ctx context.Context, method string, k kind, id string, response *http.Response) (document, error) {
	poller, err := runtime.NewPoller[document](response, a.pipeline, nil)
	if err != nil {
		return nil, called(err, method, k)
	}
	if wait := retryAfter(response); !poller.Done() && wait > 0 {
		err = a.poll.Paced(ctx, nameOf(id), once("started", wait))
	}
	if err == nil {
		err = a.poll.Paced(ctx, k.short()+" "+nameOf(id), func(ctx context.Context) (bool, string, time.Duration, error) {
			if poller.Done() {
				return true, "", 0, nil
			}
			answer, err := poller.Poll(ctx) //nolint:bodyclose // the pipeline has read and closed it
			if err != nil {
				return false, "", 0, called(err, method, k)
			}
			return poller.Done(), progress(answer), retryAfter(answer), nil
		})
	}
	if err != nil {
		return nil, err
	}
	body, err := poller.Result(ctx)
	return body, called(err, method, k)
}

// once is a look that waits for one time.
func once(last string, wait time.Duration) func(context.Context) (bool, string, time.Duration, error) {
	done := true
	return func(context.Context) (bool, string, time.Duration, error) {
		done = !done
		return done, last, wait, nil
	}
}

// progress is the word in which an operation says how far it is.
func progress(answer *http.Response) string {
	raw, err := runtime.Payload(answer)
	if err != nil {
		return "in progress"
	}
	var body document
	_ = json.Unmarshal(raw, &body) // another kind of body says nothing
	for _, word := range []string{text(body, "status"), text(body, "properties", "provisioningState")} {
		if word != "" {
			return word
		}
	}
	return "in progress"
}

// retryAfter reads how long Azure wants to be left alone: in milliseconds, in
// seconds, or until a date.
func retryAfter(answer *http.Response) time.Duration {
	for _, header := range []string{"retry-after-ms", "x-ms-retry-after-ms"} {
		if n, err := strconv.Atoi(answer.Header.Get(header)); err == nil && n > 0 {
			return time.Duration(n) * time.Millisecond
		}
	}
	said := answer.Header.Get("Retry-After")
	if n, err := strconv.Atoi(said); err == nil {
		return time.Duration(n) * time.Second
	}
	date, err := http.ParseTime(answer.Header.Get("Date"))
	until, err2 := http.ParseTime(said)
	if err != nil || err2 != nil {
		return 0
	}
	return until.Sub(date)
}

// send makes one request; an answer that is no success is an error.
func (a *api) send(ctx context.Context, method string, k kind, id string, body document, etag string) (*http.Response, error) {
	request, err := runtime.NewRequest(ctx, method, a.address(id, k.version, ""))
	if err != nil {
		return nil, err
	}
	request.Raw().Header.Set("Accept", "application/json")
	if body != nil {
		if err := runtime.MarshalAsJSON(request, body); err != nil {
			return nil, err
		}
	}
	if etag != "" {
		request.Raw().Header.Set("If-Match", etag)
	}
	response, err := a.pipeline.Do(request)
	if err != nil {
		return nil, called(err, method, k)
	}
	switch response.StatusCode {
	case http.StatusOK, http.StatusCreated, http.StatusAccepted, http.StatusNoContent:
		return response, nil
	}
	return nil, called(runtime.NewResponseError(response), method, k)
}

// address is the URL of a path.
func (a *api) address(path, version, query string) string {
	segments := strings.Split(path, "/")
	for i, segment := range segments {
		segments[i] = url.PathEscape(segment)
	}
	address := strings.TrimSuffix(a.endpoint, "/") + strings.Join(segments, "/") + "?api-version=" + version
	if query != "" {
		address += "&" + query
	}
	return address
}

// turns lets one writer at a time into each resource: Azure refuses a second
// write of a network's subnets, a cluster's pools or an identity's credentials
// while the first one is under way.
type turns struct {
	mu     sync.Mutex
	queues map[string]chan struct{}
}

// take waits for the turn; done gives it back.
func (t *turns) take(ctx context.Context, root string) (done func(), err error) {
	t.mu.Lock()
	if t.queues == nil {
		t.queues = map[string]chan struct{}{}
	}
	queue, ok := t.queues[root]
	if !ok {
		queue = make(chan struct{}, 1)
		t.queues[root] = queue
	}
	t.mu.Unlock()
	select {
	case queue <- struct{}{}:
		return func() { <-queue }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// document is the body of a resource.
type document = map[string]any

// body turns a model of the SDK into a document.
func body(model any) document {
	raw, err := json.Marshal(model)
	if err != nil {
		panic("azurecloud: encode a body: " + err.Error()) // models of plain values always encode
	}
	var result document
	decoder := json.NewDecoder(bytes.NewReader(raw))
	if err := decoder.Decode(&result); err != nil {
		panic("azurecloud: a body is no object: " + err.Error())
	}
	return result
}
