package awsapi

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// grant is a grant on a key. Its token is derived from its id and kept
// nowhere.
type grant struct {
	ID          string    `json:"grantId"`
	Name        string    `json:"name,omitempty"`
	Created     time.Time `json:"creationDate"`
	Grantee     string    `json:"granteePrincipal"`
	Retiring    string    `json:"retiringPrincipal,omitempty"`
	Operations  []string  `json:"operations"`
	Constraints *struct {
		EncryptionContextSubset map[string]string `json:",omitempty"`
		EncryptionContextEquals map[string]string `json:",omitempty"`
	} `json:"constraints,omitempty"`
}

var grantOperations = []string{
	"Decrypt", "Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "ReEncryptFrom", "ReEncryptTo",
	"CreateGrant", "RetireGrant", "DescribeKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
}

func createGrant(q *request) (any, error) {
	g := grant{}
	var in struct {
		KeyId, GranteePrincipal, RetiringPrincipal, Name string

		Operations, GrantTokens []string
		Constraints             *struct{ EncryptionContextSubset, EncryptionContextEquals map[string]string }
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	var c constraints
	c.required("granteePrincipal", in.GranteePrincipal)
	for _, operation := range in.Operations {
		c.oneOf("operations", operation, grantOperations...)
	}
	if len(in.Operations) == 0 {
		c.required("operations", "")
	}
	if err := c.err("ValidationException"); err != nil {
		return nil, err
	}
	key, err := liveKey(q, in.KeyId)
	if err != nil {
		return nil, err
	}
	for _, principal := range []string{in.GranteePrincipal, in.RetiringPrincipal} {
		if principal != "" && !strings.HasSuffix(principal, ".amazonaws.com") && !principalExists(q, "AWS", principal) {
			return nil, fail(http.StatusBadRequest, "InvalidArnException", "Principal %s is not valid", principal)
		}
	}
	for _, old := range key.Grants {
		// A grant with a name and the same content is the same grant.
		if in.Name != "" && old.Name == in.Name && old.Grantee == in.GranteePrincipal && slices.Equal(old.Operations, in.Operations) {
			return map[string]any{"GrantId": old.ID, "GrantToken": "grant-" + old.ID}, nil
		}
	}
	g.ID, g.Name, g.Created = q.tx.Hex(64), in.Name, q.tx.Now()
	g.Grantee, g.Retiring, g.Operations = in.GranteePrincipal, in.RetiringPrincipal, in.Operations
	if in.Constraints != nil {
		g.Constraints = &struct {
			EncryptionContextSubset map[string]string `json:",omitempty"`
			EncryptionContextEquals map[string]string `json:",omitempty"`
		}{in.Constraints.EncryptionContextSubset, in.Constraints.EncryptionContextEquals}
	}
	key.Grants = append(slices.Clone(key.Grants), g)
	kmsKeys.Put(q.tx, key)
	return map[string]any{"GrantId": g.ID, "GrantToken": "grant-" + g.ID}, nil
}

func listGrants(q *request) (any, error) {
	var in struct {
		keyID
		kmsPage
		GrantId, GranteePrincipal string
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	key, err := askedKey(q, in.KeyId, false)
	if err != nil {
		return nil, err
	}
	var out []map[string]any
	for _, g := range key.Grants {
		if in.GrantId != "" && g.ID != in.GrantId || in.GranteePrincipal != "" && g.Grantee != in.GranteePrincipal {
			continue
		}
		entry := map[string]any{
			"KeyId": key.ARN, "GrantId": g.ID, "CreationDate": epoch(g.Created), "GranteePrincipal": g.Grantee,
			"IssuingAccount": iamARN(q.account, "root"), "Operations": g.Operations,
		}
		if g.Name != "" {
			entry["Name"] = g.Name
		}
		if g.Retiring != "" {
			entry["RetiringPrincipal"] = g.Retiring
		}
		if g.Constraints != nil {
			entry["Constraints"] = g.Constraints
		}
		out = append(out, entry)
	}
	return kmsPaged(in.kmsPage, "Grants", out)
}

func revokeGrant(q *request) (any, error) {
	var in struct{ KeyId, GrantId string }
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	key, err := askedKey(q, in.KeyId, false)
	if err != nil {
		return nil, err
	}
	return nil, dropGrant(q, key, in.GrantId)
}

func retireGrant(q *request) (any, error) {
	var in struct{ KeyId, GrantId, GrantToken string }
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	id := in.GrantId
	if token, ok := strings.CutPrefix(in.GrantToken, "grant-"); ok {
		id = token
	}
	key, ok := kmsKeys.First(q.tx, q.region, func(k *kmsKey) bool {
		return slices.ContainsFunc(k.Grants, func(g grant) bool { return g.ID == id })
	})
	if !ok {
		return nil, kmsNotFound("Grant %s is not found", id)
	}
	return nil, dropGrant(q, key, id)
}

func dropGrant(q *request, key *kmsKey, id string) error {
	i := slices.IndexFunc(key.Grants, func(g grant) bool { return g.ID == id })
	if i < 0 {
		return kmsNotFound("Grant ID %s not found", id)
	}
	key.Grants = slices.Delete(slices.Clone(key.Grants), i, i+1)
	kmsKeys.Put(q.tx, key)
	return nil
}
