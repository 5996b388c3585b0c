package awsapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// json11 is json-1.1: the operation in X-Amz-Target, JSON in and out.
type json11 struct {
	target  string // before the dot of X-Amz-Target: "AmazonEC2ContainerRegistry_V20150921"
	version string // "1.1" unless given: "1.0" for SQS
}

func (json11) prepare(*service) {}

func (json11) operation(_ *service, r *http.Request, _ []byte) string {
	target := r.Header.Get("X-Amz-Target")
	return target[strings.LastIndexByte(target, '.')+1:]
}

func (json11) read(*service, *request) error { return nil }

func (p json11) answer(q *request, result any) (*sandbox.Response, error) {
	if result == nil {
		result = struct{}{}
	}
	body, err := json.Marshal(result)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", q.call.Operation, err)
	}
	return p.response(http.StatusOK, q.call, body), nil
}

func (json11) unread(*request) []string { return nil }

func (p json11) refuse(call *sandbox.Call, e *apiError) *sandbox.Response {
	response := p.response(e.status, call, jsonError(e, "__type"))
	response.Header.Set("X-Amzn-ErrorType", e.code)
	return response
}

func (json11) unknown(operation string) *apiError {
	return fail(http.StatusBadRequest, "UnknownOperationException", "The sandbox does not model the operation %s.", operation)
}

func (p json11) response(status int, call *sandbox.Call, body []byte) *sandbox.Response {
	version := p.version
	if version == "" {
		version = "1.1"
	}
	return jsonAnswer(status, call, "application/x-amz-json-"+version, body)
}

// restJSON is rest-json: the operation is a method and a path.
type restJSON struct{ routes *[]route }

type route struct {
	method    string
	steps     []string
	operation string
}

func newRestJSON() restJSON { return restJSON{routes: new([]route)} }

func (p restJSON) prepare(s *service) {
	for name, op := range s.operations {
		method, path, ok := strings.Cut(op.route, " ")
		if !ok {
			panic("awsapi: " + s.name + " " + name + " has no route")
		}
		*p.routes = append(*p.routes, route{method, strings.Split(strings.Trim(path, "/"), "/"), name})
	}
}

func (p restJSON) operation(_ *service, r *http.Request, _ []byte) string {
	name, _ := p.match(r)
	return name
}

// match finds the route with the most literal steps. Parameters arrive
// percent-encoded, slashes included, so the path is split before decoding.
func (p restJSON) match(r *http.Request) (string, map[string]string) {
	given := strings.Split(strings.Trim(r.URL.EscapedPath(), "/"), "/")
	found, best := "", -1
	var parameters map[string]string
	for _, route := range *p.routes {
		if values, literal := route.match(r.Method, given); values != nil && literal > best {
			found, best, parameters = route.operation, literal, values
		}
	}
	if found == "" {
		return r.Method + " " + r.URL.EscapedPath(), nil
	}
	return found, parameters
}

func (t route) match(method string, given []string) (values map[string]string, literal int) {
	if method != t.method || len(given) != len(t.steps) {
		return nil, 0
	}
	values = map[string]string{}
	for i, step := range t.steps {
		if !strings.HasPrefix(step, "{") {
			if step != given[i] {
				return nil, 0
			}
			literal++
			continue
		}
		decoded, err := url.PathUnescape(given[i])
		if err != nil || decoded == "" {
			return nil, 0
		}
		values[strings.Trim(step, "{}")] = decoded
	}
	return values, literal
}

func (p restJSON) read(_ *service, q *request) error {
	_, q.path = p.match(q.call.Request)
	q.query = q.call.Request.URL.Query()
	return nil
}

func (restJSON) answer(q *request, result any) (*sandbox.Response, error) {
	if result == nil {
		result = struct{}{}
	}
	body, err := json.Marshal(result)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", q.call.Operation, err)
	}
	return jsonAnswer(http.StatusOK, q.call, "application/json", body), nil
}

func (restJSON) unread(*request) []string { return nil }

func (restJSON) refuse(call *sandbox.Call, e *apiError) *sandbox.Response {
	response := jsonAnswer(e.status, call, "application/json", jsonError(e, ""))
	response.Header.Set("X-Amzn-ErrorType", e.code)
	return response
}

func (restJSON) unknown(operation string) *apiError {
	return fail(http.StatusNotFound, "UnknownOperationException", "The sandbox does not model %s.", operation)
}

// decode reads a JSON body into a struct. A member that the struct does not
// have is refused: the sandbox does not model it, and must not pretend.
func (q *request) decode(into any) error {
	if len(q.call.Body) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(q.call.Body))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil || errors.Is(err, io.EOF) {
		return nil
	}
	if field, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fail(http.StatusBadRequest, "UnsupportedOperation",
			"This sandbox does not model the member %s of %s.", field, q.call.Operation)
	}
	return fail(http.StatusBadRequest, "SerializationException", "The request could not be read: %v", err)
}

// epoch is a time as the json protocols write it: seconds, with fractions.
type epoch time.Time

// MarshalJSON writes seconds since 1970, or null for no time.
func (e epoch) MarshalJSON() ([]byte, error) {
	t := time.Time(e)
	if t.IsZero() {
		return []byte("null"), nil
	}
	return fmt.Appendf(nil, "%.3f", float64(t.UnixMilli())/1000), nil
}

func jsonError(e *apiError, typeMember string) []byte {
	members := map[string]any{"message": e.message}
	for name, value := range e.fields {
		members[name] = value
	}
	if typeMember != "" {
		members[typeMember] = e.code
	}
	body, err := json.Marshal(members)
	if err != nil {
		return []byte(`{"message":"the error could not be encoded"}`)
	}
	return body
}

func jsonAnswer(status int, call *sandbox.Call, contentType string, body []byte) *sandbox.Response {
	return &sandbox.Response{Status: status, Body: body, Header: http.Header{
		"Content-Type":     {contentType},
		"X-Amzn-Requestid": {call.RequestID},
	}}
}
