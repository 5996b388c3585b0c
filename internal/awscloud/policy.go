package awscloud

import (
	"encoding/json"
	"net/url"
	"reflect"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/awsiam"
)

// document is an IAM policy. What the documents of a cluster say is in awsiam;
// here they are compared with what AWS gives back.
type document = awsiam.Document

func encode(policy document) string { return awsiam.Encode(policy) }

// samePolicy tells whether two policy texts mean the same. AWS gives back
// what it was given in another order, URL-encoded (IAM), and with one-element
// lists as single values; a text that is no JSON equals only itself.
func samePolicy(a, b string) bool {
	left, errLeft := decodePolicy(a)
	right, errRight := decodePolicy(b)
	if errLeft != nil || errRight != nil {
		return a == b
	}
	return reflect.DeepEqual(left, right)
}

// decodePolicy parses a policy text into a canonical value.
func decodePolicy(text string) (any, error) {
	if strings.HasPrefix(text, "%") {
		plain, err := url.QueryUnescape(text)
		if err != nil {
			return nil, err
		}
		text = plain
	}
	var value any
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		return nil, err
	}
	return canonical(value), nil
}

// canonical unwraps lists of one and turns longer lists of strings into sets:
// in a policy their order means nothing.
func canonical(value any) any {
	switch value := value.(type) {
	case map[string]any:
		result := make(map[string]any, len(value))
		for key, inner := range value {
			result[key] = canonical(inner)
		}
		return result
	case []any:
		if len(value) == 1 {
			return canonical(value[0])
		}
		words := map[string]bool{}
		for _, inner := range value {
			word, ok := inner.(string)
			if !ok {
				list := make([]any, len(value))
				for i, inner := range value {
					list[i] = canonical(inner)
				}
				return list
			}
			words[word] = true
		}
		return words
	}
	return value
}
