package awsapi

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

func secretsService() *service {
	return &service{
		name:     "secretsmanager",
		protocol: json11{target: "secretsmanager"},
		operations: operations{
			"CreateSecret":         {run: createSecret},
			"DescribeSecret":       {run: describeSecret},
			"ListSecrets":          {run: listSecrets},
			"UpdateSecret":         {run: updateSecret},
			"PutSecretValue":       {run: putSecretValue},
			"GetSecretValue":       {run: getSecretValue},
			"DeleteSecret":         {run: deleteSecret},
			"RestoreSecret":        {run: restoreSecret},
			"TagResource":          {run: tagSecret},
			"UntagResource":        {run: untagSecret},
			"PutResourcePolicy":    {run: putSecretPolicy},
			"GetResourcePolicy":    {run: getSecretPolicy},
			"DeleteResourcePolicy": {run: deleteSecretPolicy},
		},
	}
}

// secret is a secret; its id in the store is its ARN. Its values are sealed,
// see sealed.
type secret struct {
	sandbox.Meta
	Description string          `json:"description,omitempty"`
	Key         string          `json:"kmsKeyId,omitempty"`
	Created     time.Time       `json:"createdDate"`
	Changed     time.Time       `json:"lastChangedDate"`
	Deleted     time.Time       `json:"deletedDate,omitzero"` // when it was asked to go
	Gone        time.Time       `json:"gone,omitzero"`        // when it goes
	Policy      string          `json:"resourcePolicy,omitempty"`
	Versions    []secretVersion `json:"versions,omitempty"`
}

type secretVersion struct {
	ID      string    `json:"id"`
	Stages  []string  `json:"stages"`
	Created time.Time `json:"createdDate"`
	Binary  bool      `json:"binary,omitempty"`
	Sealed  string    `json:"sealed"`
}

var secrets = sandbox.NewTable[secret](cloud, "secretsmanager/secret")

func secretInvalid(format string, arguments ...any) error {
	return fail(http.StatusBadRequest, "InvalidRequestException", format, arguments...)
}

// secretByName finds a secret by name, ARN, or ARN without its random end. One
// whose recovery window is over is removed first.
func secretByName(q *request, reference string) (*secret, bool) {
	found, ok := secrets.First(q.tx, q.region, func(s *secret) bool {
		return s.ID == reference || s.Name == reference || strings.HasPrefix(reference, "arn:") && s.ID[:len(s.ID)-7] == reference
	})
	if ok && !found.Gone.IsZero() && !q.tx.Now().Before(found.Gone) {
		secrets.Delete(q.tx, q.region, found.ID)
		return nil, false
	}
	return found, ok
}

// secretID is the input of most operations.
type secretID struct{ SecretId string }

func (in secretID) find(q *request) (*secret, error) {
	q.object(in.SecretId)
	if in.SecretId == "" {
		return nil, fail(http.StatusBadRequest, "InvalidParameterException", "You must provide a SecretId.")
	}
	s, ok := secretByName(q, in.SecretId)
	if !ok {
		return nil, fail(http.StatusBadRequest, "ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
	}
	return s, nil
}

// live is the same for operations that a deleted secret refuses.
func (in secretID) live(q *request) (*secret, error) {
	s, err := in.find(q)
	if err == nil && s.Pending {
		return nil, secretInvalid("You can't perform this operation on the secret because it was marked for deletion.")
	}
	return s, err
}

var secretName = matching(`[A-Za-z0-9/_+=.@-]+`)

func createSecret(q *request) (any, error) {
	var in struct {
		Name, ClientRequestToken, Description, KmsKeyId string

		SecretString *string
		SecretBinary []byte
		Tags         []jsonTag
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	q.object(in.Name)
	if len(in.Name) > 512 || !secretName.MatchString(in.Name) {
		return nil, secretValidation("Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: -/_+=.@!")
	}
	if old, ok := secretByName(q, in.Name); ok {
		if old.Pending {
			return nil, secretInvalid("You can't create this secret because a secret with this name is already scheduled for deletion.")
		}
		if slices.ContainsFunc(old.Versions, func(v secretVersion) bool { return in.ClientRequestToken != "" && v.ID == in.ClientRequestToken }) {
			return old.answer(in.ClientRequestToken), nil
		}
		return nil, fail(http.StatusBadRequest, "ResourceExistsException", "The operation failed because the secret %s already exists.", in.Name)
	}
	s := &secret{Description: in.Description, Created: q.tx.Now(), Changed: q.tx.Now()}
	s.Name, s.Region = in.Name, q.region
	s.ID = q.arn("secretsmanager", "secret:"+in.Name+"-"+q.tx.Hex(6))
	var err error
	if s.Key, err = secretKey(q, in.KmsKeyId); err != nil {
		return nil, err
	}
	if s.Tags, err = jsonTags(nil, in.Tags, "InvalidParameterException", "InvalidParameterException"); err != nil {
		return nil, err
	}
	version, err := s.put(q, in.ClientRequestToken, in.SecretString, in.SecretBinary, nil)
	if err != nil {
		return nil, err
	}
	secrets.Put(q.tx, s)
	q.object(s.ID)
	return s.answer(version), nil
}

func secretValidation(format string, arguments ...any) error {
	return fail(http.StatusBadRequest, "ValidationException", format, arguments...)
}

func secretKey(q *request, reference string) (string, error) {
	if reference == "" || strings.HasSuffix(reference, "alias/aws/secretsmanager") {
		return "", nil
	}
	if _, problem := usableKey(q.tx, q.region, reference); problem != "" {
		return "", fail(http.StatusBadRequest, "EncryptionFailure", "Secrets Manager can't encrypt the protected secret text using the provided KMS key. %s", problem)
	}
	return reference, nil
}

func (s *secret) answer(version string) map[string]any {
	out := map[string]any{"ARN": s.ID, "Name": s.Name}
	if version != "" {
		out["VersionId"] = version
	}
	return out
}

func (s *secret) wire() map[string]any {
	out := map[string]any{
		"ARN": s.ID, "Name": s.Name, "CreatedDate": epoch(s.Created), "LastChangedDate": epoch(s.Changed), "Tags": jsonTagList(s.Tags),
	}
	if s.Description != "" {
		out["Description"] = s.Description
	}
	if s.Key != "" {
		out["KmsKeyId"] = s.Key
	}
	if s.Pending {
		out["DeletedDate"] = epoch(s.Deleted)
	}
	return out
}

// stages says which labels each version has; unlabelled ones are deprecated
// and not shown.
func (s *secret) stages() map[string][]string {
	out := map[string][]string{}
	for _, v := range s.Versions {
		if len(v.Stages) > 0 {
			out[v.ID] = v.Stages
		}
	}
	return out
}

func describeSecret(q *request) (any, error) {
	var in secretID
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	s, err := in.find(q)
	if err != nil {
		return nil, err
	}
	out := s.wire()
	if stages := s.stages(); len(stages) > 0 {
		out["VersionIdsToStages"] = stages
	}
	return out, nil
}

type secretFilter struct {
	Key    string
	Values []string
}

// keeps says whether a secret passes: names, descriptions and tags match by
// prefix, and "!" turns a value round.
func (f secretFilter) keeps(s *secret) bool {
	var have []string
	switch f.Key {
	case "name":
		have = []string{s.Name}
	case "description":
		have = []string{s.Description}
	case "tag-key":
		have = slices.Collect(maps.Keys(s.Tags))
	case "tag-value":
		have = slices.Collect(maps.Values(s.Tags))
	case "all":
		have = append([]string{s.Name, s.Description}, slices.Collect(maps.Keys(s.Tags))...)
		have = append(have, slices.Collect(maps.Values(s.Tags))...)
	}
	return slices.ContainsFunc(f.Values, func(wanted string) bool {
		prefix, not := strings.CutPrefix(wanted, "!")
		return slices.ContainsFunc(have, func(v string) bool { return strings.HasPrefix(v, prefix) }) != not
	})
}

func listSecrets(q *request) (any, error) {
	var in struct {
		IncludePlannedDeletion bool
		MaxResults             int
		NextToken              string
		Filters                []secretFilter
		SortOrder, SortBy      string
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	for _, f := range in.Filters {
		if !slices.Contains([]string{"name", "description", "tag-key", "tag-value", "all"}, f.Key) {
			return nil, fail(http.StatusBadRequest, "InvalidParameterException", "This sandbox does not model the filter %s.", f.Key)
		}
	}
	var found []map[string]any
	for _, s := range secrets.List(q.tx, q.region) {
		if _, alive := secretByName(q, s.ID); !alive || s.Pending && !in.IncludePlannedDeletion ||
			slices.ContainsFunc(in.Filters, func(f secretFilter) bool { return !f.keeps(s) }) {
			continue
		}
		entry := s.wire()
		if stages := s.stages(); len(stages) > 0 {
			entry["SecretVersionsToStages"] = stages
		}
		found = append(found, entry)
	}
	if in.SortOrder != "asc" {
		slices.Reverse(found)
	}
	if in.MaxResults == 0 {
		in.MaxResults = 100
	}
	cut, next, ok := page(found, in.NextToken, in.MaxResults)
	if !ok {
		return nil, fail(http.StatusBadRequest, "InvalidNextTokenException", "The NextToken value is invalid.")
	}
	out := map[string]any{"SecretList": append([]map[string]any{}, cut...)}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

func deleteSecret(q *request) (any, error) {
	var in struct {
		secretID
		RecoveryWindowInDays       *int
		ForceDeleteWithoutRecovery bool
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	s, err := in.live(q)
	if err != nil {
		return nil, err
	}
	days := 30
	if in.RecoveryWindowInDays != nil {
		days = *in.RecoveryWindowInDays
		if in.ForceDeleteWithoutRecovery {
			return nil, fail(http.StatusBadRequest, "InvalidParameterException", "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.")
		}
	}
	if days < 7 || days > 30 {
		return nil, fail(http.StatusBadRequest, "InvalidParameterException", "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
	}
	if in.ForceDeleteWithoutRecovery {
		secrets.Delete(q.tx, q.region, s.ID)
		return map[string]any{"ARN": s.ID, "Name": s.Name, "DeletionDate": epoch(q.tx.Now())}, nil
	}
	s.Pending, s.Deleted, s.Gone = true, q.tx.Now(), q.tx.Now().AddDate(0, 0, days)
	secrets.Put(q.tx, s)
	return map[string]any{"ARN": s.ID, "Name": s.Name, "DeletionDate": epoch(s.Gone)}, nil
}

func restoreSecret(q *request) (any, error) {
	var in secretID
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	s, err := in.find(q)
	if err != nil {
		return nil, err
	}
	s.Pending, s.Deleted, s.Gone = false, time.Time{}, time.Time{}
	secrets.Put(q.tx, s)
	return s.answer(""), nil
}

func tagSecret(q *request) (any, error) {
	var in struct {
		secretID
		Tags []jsonTag
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	s, err := in.live(q)
	if err != nil {
		return nil, err
	}
	if s.Tags, err = jsonTags(s.Tags, in.Tags, "InvalidParameterException", "InvalidParameterException"); err != nil {
		return nil, err
	}
	secrets.Put(q.tx, s)
	return nil, nil
}

func untagSecret(q *request) (any, error) {
	var in struct {
		secretID
		TagKeys []string
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	s, err := in.live(q)
	if err != nil {
		return nil, err
	}
	s.Tags = dropTags(s.Tags, in.TagKeys)
	secrets.Put(q.tx, s)
	return nil, nil
}
