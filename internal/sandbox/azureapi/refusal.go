package azureapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// armError is an error as ARM answers it.
type armError struct {
	status  int
	code    string
	message string
	target  string
	bare    bool // as AKS answers: without the "error" wrapper
	header  http.Header
}

func (e *armError) Error() string { return e.code + ": " + e.message }

// refuse is an answer that is an error.
func refuse(status int, code, format string, arguments ...any) *armError {
	return &armError{status: status, code: code, message: fmt.Sprintf(format, arguments...)}
}

// render is the error on the wire.
func (e *armError) render(call *sandbox.Call) *sandbox.Response {
	var body any
	if e.bare {
		body = map[string]any{"code": e.code, "details": nil, "message": e.message, "subcode": ""}
	} else {
		inner := map[string]any{"code": e.code, "message": e.message, "details": []any{}}
		if e.target != "" {
			inner["target"] = e.target
		}
		body = map[string]any{"error": inner}
	}
	answer := respond(e.status, body)
	for name, values := range e.header {
		answer.Header[name] = values
	}
	answer.Header.Set("X-Ms-Failure-Cause", "service")
	stamp(call, answer)
	return answer
}

// respond is an answer with a JSON body; nil is an empty one.
func respond(status int, body any) *sandbox.Response {
	answer := &sandbox.Response{Status: status, Header: http.Header{}}
	answer.Header.Set("Cache-Control", "no-cache")
	if body == nil {
		return answer
	}
	raw, err := json.Marshal(body)
	if err != nil {
		panic(fmt.Sprintf("azureapi: encode an answer: %v", err)) // JSON values only
	}
	answer.Header.Set("Content-Type", "application/json; charset=utf-8")
	answer.Body = raw
	return answer
}

// stamp gives an answer the ids and counters that every answer of ARM has.
func stamp(call *sandbox.Call, answer *sandbox.Response) {
	answer.Header.Set("X-Ms-Request-Id", call.RequestID)
	answer.Header.Set("X-Ms-Correlation-Request-Id", call.RequestID)
	answer.Header.Set("X-Ms-Routing-Request-Id", "SANDBOX:"+call.RequestID)
	if call.Request == nil {
		return
	}
	if sent := call.Request.Header.Get("X-Ms-Client-Request-Id"); sent != "" &&
		strings.EqualFold(call.Request.Header.Get("X-Ms-Return-Client-Request-Id"), "true") {
		answer.Header.Set("X-Ms-Client-Request-Id", sent)
	}
	if call.Write {
		answer.Header.Set("X-Ms-Ratelimit-Remaining-Subscription-Writes", "199")
	} else {
		answer.Header.Set("X-Ms-Ratelimit-Remaining-Subscription-Reads", "249")
	}
}

// usualCode is ARM's error code for a status that a fault rule gave alone.
func usualCode(status int) string {
	switch {
	case status == http.StatusUnauthorized:
		return "AuthenticationFailed"
	case status == http.StatusForbidden:
		return "AuthorizationFailed"
	case status == http.StatusNotFound:
		return "ResourceNotFound"
	case status == http.StatusConflict:
		return "Conflict"
	case status == http.StatusTooManyRequests:
		return "TooManyRequests"
	case status == http.StatusServiceUnavailable:
		return "ServerBusy"
	case status == http.StatusGatewayTimeout:
		return "GatewayTimeout"
	case status >= http.StatusInternalServerError:
		return "InternalServerError"
	default:
		return "BadRequest"
	}
}
