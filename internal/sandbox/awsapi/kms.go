package awsapi

import (
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

func kmsService() *service {
	return &service{
		name:     "kms",
		protocol: json11{target: "TrentService"},
		operations: operations{
			"CreateKey":           {run: createKey},
			"DescribeKey":         {run: describeKey},
			"ListKeys":            {run: listKeys},
			"EnableKey":           {run: enableKey},
			"DisableKey":          {run: disableKey},
			"ScheduleKeyDeletion": {run: scheduleKeyDeletion},
			"CancelKeyDeletion":   {run: cancelKeyDeletion},

			"UpdateKeyDescription": {run: updateKeyDescription},
			"GetKeyPolicy":         {run: getKeyPolicy},
			"PutKeyPolicy":         {run: putKeyPolicy},
			"ListKeyPolicies":      {run: listKeyPolicies},
			"EnableKeyRotation":    {run: enableKeyRotation},
			"DisableKeyRotation":   {run: disableKeyRotation},
			"GetKeyRotationStatus": {run: getKeyRotationStatus},

			"TagResource":      {run: tagKey},
			"UntagResource":    {run: untagKey},
			"ListResourceTags": {run: listKeyTags},

			"CreateAlias": {run: createAlias},
			"UpdateAlias": {run: updateAlias},
			"DeleteAlias": {run: deleteAlias},
			"ListAliases": {run: listAliases},

			"CreateGrant": {run: createGrant},
			"ListGrants":  {run: listGrants},
			"RevokeGrant": {run: revokeGrant},
			"RetireGrant": {run: retireGrant},
		},
	}
}

// kmsKey is a key; its id in the store is its key id.
type kmsKey struct {
	sandbox.Meta
	ARN         string    `json:"arn"`
	Description string    `json:"description,omitempty"`
	Created     time.Time `json:"creationDate"`
	State       string    `json:"keyState"` // Enabled, Disabled, PendingDeletion
	Deletion    time.Time `json:"deletionDate,omitzero"`
	Manager     string    `json:"keyManager"` // CUSTOMER, AWS
	MultiRegion bool      `json:"multiRegion,omitempty"`
	Policy      string    `json:"policy"`
	Rotation    bool      `json:"rotation,omitempty"`
	Period      int       `json:"rotationPeriodInDays,omitempty"`
	NextRotate  time.Time `json:"nextRotationDate,omitzero"`
	Grants      []grant   `json:"grants,omitempty"`
}

// kmsAlias is an alias; its id in the store is its name, "alias/…".
type kmsAlias struct {
	sandbox.Meta
	ARN     string    `json:"arn"`
	Key     string    `json:"targetKeyId"`
	Created time.Time `json:"creationDate"`
	Updated time.Time `json:"lastUpdatedDate"`
}

var (
	kmsKeys    = sandbox.NewTable[kmsKey](cloud, "kms/key")
	kmsAliases = sandbox.NewTable[kmsAlias](cloud, "kms/alias")
)

func kmsNotFound(format string, arguments ...any) error {
	return fail(http.StatusBadRequest, "NotFoundException", format, arguments...)
}

func kmsInvalid(format string, arguments ...any) error {
	return fail(http.StatusBadRequest, "ValidationException", format, arguments...)
}

// keyByID returns a key of a region, and removes it first when its day of
// deletion has come.
func keyByID(tx *sandbox.Tx, region, id string) (*kmsKey, bool) {
	key, ok := kmsKeys.Get(tx, region, id)
	if !ok || key.Deletion.IsZero() || tx.Now().Before(key.Deletion) {
		return key, ok
	}
	kmsKeys.Delete(tx, region, id)
	for _, alias := range aliasesOf(tx, region, id) {
		kmsAliases.Delete(tx, region, alias.ID)
	}
	return nil, false
}

func aliasesOf(tx *sandbox.Tx, region, id string) []*kmsAlias {
	return kmsAliases.Where(tx, region, func(a *kmsAlias) bool { return a.Key == id })
}

// findKey finds a key by id, ARN, alias or alias ARN. An ARN of another region
// finds nothing, as a request to the wrong region does.
func findKey(tx *sandbox.Tx, region, reference string) (*kmsKey, bool) {
	if strings.HasPrefix(reference, "arn:") {
		parts := strings.SplitN(reference, ":", 6)
		if len(parts) != 6 || parts[2] != "kms" || parts[3] != region {
			return nil, false
		}
		reference = strings.TrimPrefix(parts[5], "key/")
	}
	if strings.HasPrefix(reference, "alias/") {
		alias, ok := kmsAliases.Get(tx, region, reference)
		if !ok {
			return nil, false
		}
		reference = alias.Key
	}
	return keyByID(tx, region, reference)
}

// usableKey finds a key for another service. It says why the key cannot be
// used, in KMS's words, or "".
func usableKey(tx *sandbox.Tx, region, reference string) (*kmsKey, string) {
	key, ok := findKey(tx, region, reference)
	switch {
	case !ok:
		return nil, fmt.Sprintf("Key '%s' does not exist", reference)
	case key.State == "PendingDeletion":
		return nil, key.ARN + " is pending deletion."
	case key.State != "Enabled":
		return nil, key.ARN + " is disabled."
	}
	return key, ""
}

// lets says whether the key's policy lets a service use it: "logs.eu-west-1.amazonaws.com".
func (k *kmsKey) lets(service string, actions ...string) bool {
	policy, problem := parsePolicy(k.Policy, resourcePolicy)
	return problem == "" && policy.allows("Service", service, actions...)
}

// askedKey finds the key of a request. Aliases are good for some operations
// only.
func askedKey(q *request, reference string, byAlias bool) (*kmsKey, error) {
	var c constraints
	c.required("keyId", reference)
	if reference != "" {
		c.length("keyId", reference, 1, 2048)
	}
	if err := c.err("ValidationException"); err != nil {
		return nil, err
	}
	q.object(reference)
	isAlias := strings.HasPrefix(reference, "alias/") || strings.Contains(reference, ":alias/")
	if isAlias && !byAlias {
		return nil, kmsInvalid("Invalid keyId '%s'", reference)
	}
	key, ok := findKey(q.tx, q.region, reference)
	switch {
	case ok:
		return key, nil
	case isAlias && strings.HasPrefix(reference, "alias/aws/"):
		return awsManagedKey(q, reference)
	case isAlias:
		return nil, kmsNotFound("Alias %s is not found.", q.arn("kms", reference[strings.Index(reference, "alias/"):]))
	case strings.HasPrefix(reference, "arn:"):
		return nil, kmsNotFound("Key '%s' does not exist", reference)
	default:
		return nil, kmsNotFound("Key '%s' does not exist", q.arn("kms", "key/"+reference))
	}
}

// liveKey is the same for operations that a key pending deletion refuses.
func liveKey(q *request, reference string) (*kmsKey, error) {
	key, err := askedKey(q, reference, false)
	if err != nil {
		return nil, err
	}
	if key.Manager == "AWS" {
		return nil, fail(http.StatusBadRequest, "AccessDeniedException", "User: %s is not authorized to perform: kms:%s on resource: %s",
			caller(q).arn(q.account), q.call.Operation, key.ARN)
	}
	if key.State == "PendingDeletion" {
		return nil, fail(http.StatusBadRequest, "KMSInvalidStateException", "%s is pending deletion.", key.ARN)
	}
	return key, nil
}

// awsManagedKey makes the key that a service makes for an account on first
// use. It costs nothing and can't be deleted, so it is hidden.
func awsManagedKey(q *request, alias string) (*kmsKey, error) {
	switch alias {
	case "alias/aws/ebs", "alias/aws/ecr", "alias/aws/eks", "alias/aws/secretsmanager", "alias/aws/sqs", "alias/aws/ssm", "alias/aws/s3":
	default:
		return nil, kmsNotFound("Alias %s is not found.", q.arn("kms", alias))
	}
	key := newKey(q)
	key.Manager, key.Hidden = "AWS", true
	key.Description = "Default key that protects my data when no other key is defined"
	key.Rotation, key.Period, key.NextRotate = true, 365, key.Created.AddDate(1, 0, 0)
	kmsKeys.Put(q.tx, key)
	named := putAlias(q, alias, key.ID)
	named.Hidden = true
	kmsAliases.Put(q.tx, named)
	return key, nil
}

func newKey(q *request) *kmsKey {
	key := &kmsKey{Created: q.tx.Now(), State: "Enabled", Manager: "CUSTOMER", Policy: defaultKeyPolicy(q)}
	key.ID, key.Region = q.tx.UUID(), q.region
	key.ARN = q.arn("kms", "key/"+key.ID)
	return key
}

func defaultKeyPolicy(q *request) string {
	return fmt.Sprintf(`{
  "Version" : "2012-10-17",
  "Id" : "key-default-1",
  "Statement" : [ {
    "Sid" : "Enable IAM User Permissions",
    "Effect" : "Allow",
    "Principal" : {
      "AWS" : %q
    },
    "Action" : "kms:*",
    "Resource" : "*"
  } ]
}`, iamARN(q.account, "root"))
}

// keyPolicy checks a key's policy: its syntax, that its principals exist, and
// that somebody of the account can still change it.
func keyPolicy(q *request, raw string, bypass bool) error {
	malformed := func(problem string) error {
		return fail(http.StatusBadRequest, "MalformedPolicyDocumentException", "%s", problem)
	}
	if len(raw) > 32*1024 {
		return fail(http.StatusBadRequest, "LimitExceededException", "The policy is larger than 32768 bytes.")
	}
	document, problem := parsePolicy(raw, resourcePolicy)
	if problem != "" {
		return malformed(problem)
	}
	if unknownPrincipal(q, document) != "" {
		return malformed("Policy contains a statement with one or more invalid principals.")
	}
	me := caller(q)
	for _, who := range []string{iamARN(q.account, "root"), q.account, me.Role, me.arn(q.account)} {
		if bypass || document.allows("AWS", who, "kms:PutKeyPolicy") {
			return nil
		}
	}
	return malformed("The new key policy will not allow you to update the key policy in the future.")
}

type keyMetadata struct {
	AWSAccountId          string
	KeyId                 string
	Arn                   string
	CreationDate          epoch
	Enabled               bool
	Description           string
	KeyUsage              string
	KeyState              string
	DeletionDate          *epoch `json:",omitempty"`
	Origin                string
	KeyManager            string
	CustomerMasterKeySpec string
	KeySpec               string
	EncryptionAlgorithms  []string
	MultiRegion           bool
}

func (k *kmsKey) metadata(q *request) any {
	m := keyMetadata{
		AWSAccountId: q.account, KeyId: k.ID, Arn: k.ARN, CreationDate: epoch(k.Created),
		Enabled: k.State == "Enabled", Description: k.Description, KeyUsage: "ENCRYPT_DECRYPT", KeyState: k.State,
		Origin: "AWS_KMS", KeyManager: k.Manager, CustomerMasterKeySpec: "SYMMETRIC_DEFAULT", KeySpec: "SYMMETRIC_DEFAULT",
		EncryptionAlgorithms: []string{"SYMMETRIC_DEFAULT"}, MultiRegion: k.MultiRegion,
	}
	if !k.Deletion.IsZero() {
		at := epoch(k.Deletion)
		m.DeletionDate = &at
	}
	return map[string]any{"KeyMetadata": m}
}

func createKey(q *request) (any, error) {
	var in struct {
		Policy, Description, KeyUsage, KeySpec, CustomerMasterKeySpec, Origin string

		BypassPolicyLockoutSafetyCheck, MultiRegion bool
		Tags                                        []kmsTag
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	var c constraints
	c.length("description", in.Description, 0, 8192)
	if err := c.err("ValidationException"); err != nil {
		return nil, err
	}
	for _, given := range []string{in.KeyUsage, in.KeySpec, in.CustomerMasterKeySpec, in.Origin} {
		if given != "" && given != "ENCRYPT_DECRYPT" && given != "SYMMETRIC_DEFAULT" && given != "AWS_KMS" {
			return nil, fail(http.StatusBadRequest, "UnsupportedOperationException", "This sandbox models symmetric keys with AWS_KMS material only, not %s.", given)
		}
	}
	key := newKey(q)
	q.object(key.ID)
	key.Description, key.MultiRegion = in.Description, in.MultiRegion
	if in.MultiRegion {
		return nil, fail(http.StatusBadRequest, "UnsupportedOperationException", "This sandbox does not model multi-Region keys.")
	}
	var err error
	if key.Tags, err = kmsTags(nil, in.Tags); err != nil {
		return nil, err
	}
	if in.Policy != "" {
		if err := keyPolicy(q, in.Policy, in.BypassPolicyLockoutSafetyCheck); err != nil {
			return nil, err
		}
		key.Policy = in.Policy
	}
	if len(kmsKeys.List(q.tx, q.region)) >= quota(q.tx, q.region, quotaKeys) {
		return nil, fail(http.StatusBadRequest, "LimitExceededException", "You have reached the limit of KMS keys in this Region.")
	}
	kmsKeys.Put(q.tx, key)
	return key.metadata(q), nil
}

func describeKey(q *request) (any, error) {
	var in struct {
		KeyId       string
		GrantTokens []string
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	key, err := askedKey(q, in.KeyId, true)
	if err != nil {
		return nil, err
	}
	return key.metadata(q), nil
}

func listKeys(q *request) (any, error) {
	var in kmsPage
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	var entries []map[string]string
	for _, key := range kmsKeys.List(q.tx, q.region) {
		if _, alive := keyByID(q.tx, q.region, key.ID); alive {
			entries = append(entries, map[string]string{"KeyId": key.ID, "KeyArn": key.ARN})
		}
	}
	return kmsPaged(in, "Keys", entries)
}
