package awsapi

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// ec2query is EC2's protocol: form in, XML out, lists as <item>.
type ec2query struct{ version string }

func (ec2query) prepare(*service) {}

func (ec2query) operation(_ *service, r *http.Request, body []byte) string {
	return action(r, body)
}

func (ec2query) read(_ *service, q *request) error {
	values, err := formValues(q)
	q.form = newForm(values, "")
	return err
}

func (p ec2query) answer(q *request, result any) (*sandbox.Response, error) {
	nodes, ok := result.([]node)
	if !ok && result != nil {
		return nil, fmt.Errorf("%s returned a %T, not nodes", q.call.Operation, result)
	}
	nodes = append([]node{text("requestId", q.call.RequestID)}, nodes...)
	body := document(q.call.Operation+"Response", "http://ec2.amazonaws.com/doc/"+p.version+"/", nodes)
	return xmlAnswer(http.StatusOK, q.call, body), nil
}

func (ec2query) unread(q *request) []string { return q.form.unread() }

func (ec2query) refuse(call *sandbox.Call, e *apiError) *sandbox.Response {
	return xmlAnswer(e.status, call, document("Response", "", []node{
		group("Errors", group("Error", text("Code", e.code), text("Message", e.message))),
		text("RequestID", call.RequestID),
	}))
}

func (p ec2query) unknown(operation string) *apiError {
	return fail(http.StatusBadRequest, "InvalidAction", "The action %s is not valid for this web service.", operation)
}

// query is the protocol of IAM, STS and Elastic Load Balancing: form in, XML
// out, lists as <member>, everything inside <OperationResult>.
type query struct {
	version   string
	namespace string
}

func (query) prepare(*service) {}

func (query) operation(_ *service, r *http.Request, body []byte) string {
	return action(r, body)
}

func (query) read(_ *service, q *request) error {
	values, err := formValues(q)
	q.form = newForm(values, "member.")
	return err
}

func (p query) answer(q *request, result any) (*sandbox.Response, error) {
	nodes, ok := result.([]node)
	if !ok && result != nil {
		return nil, fmt.Errorf("%s returned a %T, not nodes", q.call.Operation, result)
	}
	body := document(q.call.Operation+"Response", p.namespace, []node{
		group(q.call.Operation+"Result", nodes...),
		group("ResponseMetadata", text("RequestId", q.call.RequestID)),
	})
	return xmlAnswer(http.StatusOK, q.call, body), nil
}

func (query) unread(q *request) []string { return q.form.unread() }

func (p query) refuse(call *sandbox.Call, e *apiError) *sandbox.Response {
	fault := "Sender"
	if e.status >= http.StatusInternalServerError {
		fault = "Receiver"
	}
	return xmlAnswer(e.status, call, document("ErrorResponse", p.namespace, []node{
		group("Error", text("Type", fault), text("Code", e.code), text("Message", e.message)),
		text("RequestId", call.RequestID),
	}))
}

func (p query) unknown(operation string) *apiError {
	return fail(http.StatusBadRequest, "InvalidAction", "Could not find operation %s for version %s", operation, p.version)
}

func xmlAnswer(status int, call *sandbox.Call, body []byte) *sandbox.Response {
	return &sandbox.Response{Status: status, Body: body, Header: http.Header{
		"Content-Type":     {"text/xml;charset=UTF-8"},
		"X-Amzn-Requestid": {call.RequestID},
	}}
}

func action(r *http.Request, body []byte) string {
	if name := r.URL.Query().Get("Action"); name != "" {
		return name
	}
	values, err := url.ParseQuery(string(body))
	if err != nil {
		return ""
	}
	return values.Get("Action")
}

// formValues are the parameters of the body and of the query string, without
// those of a presigned signature.
func formValues(q *request) (url.Values, error) {
	values, err := url.ParseQuery(string(q.call.Body))
	if err != nil {
		return nil, fail(http.StatusBadRequest, "MalformedQueryString", "The request's parameters could not be read: %v", err)
	}
	for name, given := range q.call.Request.URL.Query() {
		if len(name) < 6 || name[:6] != "X-Amz-" {
			values[name] = append(values[name], given...)
		}
	}
	return values, nil
}
