package awsapi

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

var aliasName = matching(`[a-zA-Z0-9:/_-]+`)

// askedAlias checks an alias's name.
func askedAlias(q *request, name string) error {
	q.object(name)
	var c constraints
	c.required("aliasName", name)
	if name != "" {
		c.length("aliasName", name, 1, 256)
		c.pattern("aliasName", name, aliasName)
	}
	if err := c.err("ValidationException"); err != nil {
		return err
	}
	rest, ok := strings.CutPrefix(name, "alias/")
	if !ok || rest == "" {
		return fail(http.StatusBadRequest, "ValidationException", "Invalid identifier")
	}
	if strings.HasPrefix(rest, "aws/") {
		return fail(http.StatusBadRequest, "NotAuthorizedException", "")
	}
	return nil
}

func putAlias(q *request, name, key string) *kmsAlias {
	alias := &kmsAlias{ARN: q.arn("kms", name), Key: key, Created: q.tx.Now(), Updated: q.tx.Now()}
	alias.ID, alias.Name, alias.Region = name, name, q.region
	kmsAliases.Put(q.tx, alias)
	return alias
}

func createAlias(q *request) (any, error) {
	var in struct{ AliasName, TargetKeyId string }
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if err := askedAlias(q, in.AliasName); err != nil {
		return nil, err
	}
	key, err := liveKey(q, in.TargetKeyId)
	if err != nil {
		return nil, err
	}
	q.object(in.AliasName)
	if old, taken := kmsAliases.Get(q.tx, q.region, in.AliasName); taken {
		if _, alive := keyByID(q.tx, q.region, old.Key); alive {
			return nil, fail(http.StatusBadRequest, "AlreadyExistsException", "An alias with the name %s already exists", old.ARN)
		}
	}
	if len(aliasesOf(q.tx, q.region, key.ID)) >= 50 {
		return nil, fail(http.StatusBadRequest, "LimitExceededException", "A key has at most 50 aliases.")
	}
	putAlias(q, in.AliasName, key.ID)
	return nil, nil
}

// aliasOf finds an alias of a live key.
func aliasOf(q *request, name string) (*kmsAlias, error) {
	alias, ok := kmsAliases.Get(q.tx, q.region, name)
	if ok {
		_, ok = keyByID(q.tx, q.region, alias.Key)
	}
	if !ok {
		return nil, kmsNotFound("Alias %s is not found.", q.arn("kms", name))
	}
	return alias, nil
}

func updateAlias(q *request) (any, error) {
	var in struct{ AliasName, TargetKeyId string }
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if err := askedAlias(q, in.AliasName); err != nil {
		return nil, err
	}
	key, err := liveKey(q, in.TargetKeyId)
	if err != nil {
		return nil, err
	}
	q.object(in.AliasName)
	alias, err := aliasOf(q, in.AliasName)
	if err != nil {
		return nil, err
	}
	alias.Key, alias.Updated = key.ID, q.tx.Now()
	kmsAliases.Put(q.tx, alias)
	return nil, nil
}

func deleteAlias(q *request) (any, error) {
	var in struct{ AliasName string }
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if err := askedAlias(q, in.AliasName); err != nil {
		return nil, err
	}
	if _, err := aliasOf(q, in.AliasName); err != nil {
		return nil, err
	}
	kmsAliases.Delete(q.tx, q.region, in.AliasName)
	return nil, nil
}

func listAliases(q *request) (any, error) {
	var in struct {
		keyID
		kmsPage
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	aliases := kmsAliases.List(q.tx, q.region)
	if in.KeyId != "" {
		key, err := askedKey(q, in.KeyId, false)
		if err != nil {
			return nil, err
		}
		aliases = aliasesOf(q.tx, q.region, key.ID)
	}
	slices.SortFunc(aliases, func(a, b *kmsAlias) int { return strings.Compare(a.ID, b.ID) })
	var out []map[string]any
	for _, a := range aliases {
		if _, alive := keyByID(q.tx, q.region, a.Key); alive {
			out = append(out, map[string]any{
				"AliasName": a.ID, "AliasArn": a.ARN, "TargetKeyId": a.Key,
				"CreationDate": epoch(a.Created), "LastUpdatedDate": epoch(a.Updated),
			})
		}
	}
	return kmsPaged(in.kmsPage, "Aliases", out)
}

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
