package awsapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// sqsProtocol is json-1.0, which SDKs have spoken since 2023, and beside it the
// older query protocol. Both reach the same operations: a form is turned into
// the JSON that says the same, and an answer back into XML. Error codes have
// one name in each; a json answer carries the old one in a header.
type sqsProtocol struct {
	json json11
	form query
}

// queryCodes are the old names of codes that were renamed for json.
var queryCodes = map[string]string{
	"QueueDoesNotExist":    "AWS.SimpleQueueService.NonExistentQueue",
	"QueueNameExists":      "QueueAlreadyExists",
	"QueueDeletedRecently": "AWS.SimpleQueueService.QueueDeletedRecently",
	"UnsupportedOperation": "AWS.SimpleQueueService.UnsupportedOperation",
}

func overForm(r *http.Request) bool { return r.Header.Get("X-Amz-Target") == "" }

func (sqsProtocol) prepare(*service) {}

func (p sqsProtocol) operation(s *service, r *http.Request, body []byte) string {
	if overForm(r) {
		return p.form.operation(s, r, body)
	}
	return p.json.operation(s, r, body)
}

func (p sqsProtocol) read(s *service, q *request) error {
	if overForm(q.call.Request) {
		return p.form.read(s, q)
	}
	return nil
}

func (p sqsProtocol) answer(q *request, result any) (*sandbox.Response, error) {
	if q.form == nil {
		return p.json.answer(q, result)
	}
	nodes, err := sqsNodes(result)
	if err != nil {
		return nil, err
	}
	return p.form.answer(q, nodes)
}

func (p sqsProtocol) unread(q *request) []string {
	if q.form == nil {
		return nil
	}
	return p.form.unread(q)
}

func (p sqsProtocol) refuse(call *sandbox.Call, e *apiError) *sandbox.Response {
	old := e.code
	if renamed, ok := queryCodes[e.code]; ok {
		old = renamed
	}
	if overForm(call.Request) {
		renamed := *e
		renamed.code = old
		return p.form.refuse(call, &renamed)
	}
	full := *e
	full.code = "com.amazonaws.sqs#" + e.code
	response := p.json.refuse(call, &full)
	response.Header.Set("X-Amzn-Query-Error", old+";Sender")
	return response
}

func (p sqsProtocol) unknown(operation string) *apiError { return p.json.unknown(operation) }

// decodeSQS reads the input of an operation in either protocol. The members
// are named as the query protocol names them: Attribute and Tag are maps,
// AttributeName and TagKey lists.
func (q *request) decodeSQS(into any, members ...string) error {
	if q.form == nil {
		return q.decode(into)
	}
	document := map[string]any{}
	for _, member := range members {
		switch member {
		case "Attribute":
			document["Attributes"] = q.form.sqsMap(member, "Name", "Value")
		case "Tag":
			document["Tags"] = q.form.sqsMap(member, "Key", "Value")
		case "AttributeName", "TagKey":
			document[member+"s"] = q.form.sqsList(member)
		case "MaxResults":
			n, err := q.form.number(member, 0)
			if err != nil {
				return err
			}
			document[member] = n
		default:
			document[member] = q.form.text(member)
		}
	}
	encoded, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("read %s: %w", q.call.Operation, err)
	}
	return json.NewDecoder(bytes.NewReader(encoded)).Decode(into)
}

// sqsMap reads Attribute.1.Name, Attribute.1.Value, …
func (f *form) sqsMap(member, key, value string) map[string]string {
	out := map[string]string{}
	for i := 1; f.has(member + "." + strconv.Itoa(i)); i++ {
		entry := f.sub(member + "." + strconv.Itoa(i))
		out[entry.text(key)] = entry.text(value)
	}
	return out
}

// sqsList reads AttributeName.1, AttributeName.2, …
func (f *form) sqsList(member string) []string {
	var out []string
	for i := 1; f.has(member + "." + strconv.Itoa(i)); i++ {
		out = append(out, f.text(member+"."+strconv.Itoa(i)))
	}
	return out
}

// sqsNodes turns the answers of this service's operations into XML: lists are
// repeated elements, maps are repeated Name and Value, or Key and Value.
func sqsNodes(result any) ([]node, error) {
	if result == nil {
		return nil, nil
	}
	answer, ok := result.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("an operation of SQS returned a %T", result)
	}
	var out []node
	for _, name := range slices.Sorted(maps.Keys(answer)) {
		switch v := answer[name].(type) {
		case string:
			out = append(out, text(name, v))
		case []string:
			for _, element := range v {
				out = append(out, text(strings.TrimSuffix(name, "s"), element))
			}
		case map[string]string:
			key := "Name"
			if name == "Tags" {
				key = "Key"
			}
			for _, k := range slices.Sorted(maps.Keys(v)) {
				out = append(out, group(strings.TrimSuffix(name, "s"), text(key, k), node{name: "Value", text: v[k]}))
			}
		default:
			return nil, fmt.Errorf("an operation of SQS returned %s as a %T", name, v)
		}
	}
	return out, nil
}
