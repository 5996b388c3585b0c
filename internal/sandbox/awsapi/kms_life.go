package awsapi

import (
	"net/http"
	"time"
)

// keyID is the input of most operations on a key.
type keyID struct{ KeyId string }

func enableKey(q *request) (any, error)  { return nil, setKeyState(q, "Enabled") }
func disableKey(q *request) (any, error) { return nil, setKeyState(q, "Disabled") }

func setKeyState(q *request, state string) error {
	var in keyID
	if err := q.decode(&in); err != nil {
		return err
	}
	key, err := liveKey(q, in.KeyId)
	if err != nil {
		return err
	}
	key.State = state
	kmsKeys.Put(q.tx, key)
	return nil
}

func scheduleKeyDeletion(q *request) (any, error) {
	var in struct {
		KeyId               string
		PendingWindowInDays *int
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	days := 30
	if in.PendingWindowInDays != nil {
		days = *in.PendingWindowInDays
	}
	var c constraints
	c.number("pendingWindowInDays", days, 7, 30)
	if err := c.err("ValidationException"); err != nil {
		return nil, err
	}
	key, err := liveKey(q, in.KeyId)
	if err != nil {
		return nil, err
	}
	key.State, key.Deletion, key.Pending = "PendingDeletion", q.tx.Now().AddDate(0, 0, days), true
	kmsKeys.Put(q.tx, key)
	pendAliases(q, key)
	markAliases(q, key)
	return map[string]any{"KeyId": key.ARN, "DeletionDate": epoch(key.Deletion), "KeyState": key.State, "PendingWindowInDays": days}, nil
}

// pendAliases makes a key's aliases wait with it: they are kept until the key
// goes, and go with it.
func pendAliases(q *request, key *kmsKey) {
	for _, alias := range aliasesOf(q.tx, q.region, key.ID) {
		alias.Pending = key.Pending
		kmsAliases.Put(q.tx, alias)
	}
}

func cancelKeyDeletion(q *request) (any, error) {
	var in keyID
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	key, err := askedKey(q, in.KeyId, false)
	if err != nil {
		return nil, err
	}
	if key.State != "PendingDeletion" {
		return nil, fail(http.StatusBadRequest, "KMSInvalidStateException", "%s is not pending deletion.", key.ARN)
	}
	key.State, key.Deletion, key.Pending = "Disabled", time.Time{}, false // the cloud leaves it disabled
	kmsKeys.Put(q.tx, key)
	pendAliases(q, key)
	markAliases(q, key)
	return map[string]any{"KeyId": key.ARN}, nil
}

// markAliases lets a key's aliases be pending with it: the cloud deletes them
// when it deletes the key.
func markAliases(q *request, key *kmsKey) {
	for _, alias := range aliasesOf(q.tx, q.region, key.ID) {
		alias.Pending = key.Pending
		kmsAliases.Put(q.tx, alias)
	}
}

func updateKeyDescription(q *request) (any, error) {
	var in struct{ KeyId, Description string }
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	var c constraints
	c.length("description", in.Description, 0, 8192)
	if err := c.err("ValidationException"); err != nil {
		return nil, err
	}
	key, err := liveKey(q, in.KeyId)
	if err != nil {
		return nil, err
	}
	key.Description = in.Description
	kmsKeys.Put(q.tx, key)
	return nil, nil
}
