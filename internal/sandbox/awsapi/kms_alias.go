package awsapi

import (
	"net/http"
	"slices"
	"strings"
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
	alias.Key, alias.Updated, alias.Pending = key.ID, q.tx.Now(), false
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
