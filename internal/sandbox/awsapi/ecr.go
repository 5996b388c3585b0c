package awsapi

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

func ecrService() *service {
	return &service{
		name:     "ecr",
		protocol: json11{target: "AmazonEC2ContainerRegistry_V20150921"},
		operations: operations{
			"CreateRepository":              {run: createRepository},
			"DescribeRepositories":          {run: describeRepositories},
			"DeleteRepository":              {run: deleteRepository},
			"PutImageTagMutability":         {run: putImageTagMutability},
			"PutImageScanningConfiguration": {run: putImageScanning},
			"TagResource":                   {run: tagRepository},
			"UntagResource":                 {run: untagRepository},
			"ListTagsForResource":           {run: listRepositoryTags},
			"PutLifecyclePolicy":            {run: putImageLifecycle},
			"GetLifecyclePolicy":            {run: getImageLifecycle},
			"DeleteLifecyclePolicy":         {run: deleteImageLifecycle},
			"SetRepositoryPolicy":           {run: setRepositoryPolicy},
			"GetRepositoryPolicy":           {run: getRepositoryPolicy},
			"DeleteRepositoryPolicy":        {run: deleteRepositoryPolicy},
			"GetAuthorizationToken":         {run: getAuthorizationToken},

			"PutImage":         {run: putImage},
			"BatchGetImage":    {run: batchGetImage},
			"ListImages":       {run: listImages},
			"DescribeImages":   {run: describeImages},
			"BatchDeleteImage": {run: batchDeleteImage},

			"GetRegistryScanningConfiguration": {run: getRegistryScanning},
			"PutRegistryScanningConfiguration": {run: putRegistryScanning},
			"CreatePullThroughCacheRule":       {run: createPullThrough},
			"DescribePullThroughCacheRules":    {run: describePullThrough},
			"DeletePullThroughCacheRule":       {run: deletePullThrough},
		},
	}
}

// repository is a repository; its id in the store is its name.
type repository struct {
	sandbox.Meta
	ARN        string            `json:"repositoryArn"`
	Created    time.Time         `json:"createdAt"`
	Mutability string            `json:"imageTagMutability"`
	Exclusions []exclusionFilter `json:"imageTagMutabilityExclusionFilters,omitempty"`
	ScanOnPush bool              `json:"scanOnPush"`
	Encryption imageEncryption   `json:"encryptionConfiguration"`
	Lifecycle  string            `json:"lifecyclePolicyText,omitempty"`
	Policy     string            `json:"policyText,omitempty"`
	Images     []image           `json:"images,omitempty"`
}

type exclusionFilter struct {
	Type   string `json:"filterType"`
	Filter string `json:"filter"`
}

type imageEncryption struct {
	Type string `json:"encryptionType"`
	Key  string `json:"kmsKey,omitempty"`
}

type scanOnPush struct {
	On bool `json:"scanOnPush"`
}

var repositories = sandbox.NewTable[repository](cloud, "ecr/repository")

const repositoryName = `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*`

var repositoryPattern = matching(repositoryName)

// ecrInvalid is ECR's way of saying what is wrong with one parameter.
func ecrInvalid(parameter, problem string) error {
	return invalidParameter("Invalid parameter at '%s' failed to satisfy constraint: '%s'", parameter, problem)
}

// registry is the member registryId, which can only be the account's own.
type registry struct {
	Registry string `json:"registryId"`
}

func (r registry) check(q *request) error {
	if r.Registry != "" && r.Registry != q.account {
		return fail(http.StatusBadRequest, "AccessDeniedException", "User: %s is not authorized to perform: ecr:%s on the registry %s",
			caller(q).arn(q.account), q.call.Operation, r.Registry)
	}
	return nil
}

// repositoryRef is how most operations name their repository.
type repositoryRef struct {
	registry
	Name string `json:"repositoryName"`
}

// valid says whether the name can be a repository's at all.
func (r repositoryRef) valid(q *request) error {
	q.object(r.Name)
	if err := r.check(q); err != nil {
		return err
	}
	if len(r.Name) < 2 || len(r.Name) > 256 || !repositoryPattern.MatchString(r.Name) {
		return ecrInvalid("repositoryName", "must satisfy regular expression '"+repositoryName+"'")
	}
	return nil
}

func (r repositoryRef) find(q *request) (*repository, error) {
	if err := r.valid(q); err != nil {
		return nil, err
	}
	found, ok := repositories.Get(q.tx, q.region, r.Name)
	if !ok {
		return nil, repositoryNotFound(q, r.Name)
	}
	return found, nil
}

func repositoryNotFound(q *request, name string) error {
	return fail(http.StatusBadRequest, "RepositoryNotFoundException", "The repository with name '%s' does not exist in the registry with id '%s'", name, q.account)
}

func (r *repository) wire(q *request) map[string]any {
	out := map[string]any{
		"repositoryArn": r.ARN, "registryId": q.account, "repositoryName": r.ID,
		"repositoryUri": q.account + ".dkr.ecr." + q.region + ".amazonaws.com/" + r.ID,
		"createdAt":     epoch(r.Created), "imageTagMutability": r.Mutability,
		"imageScanningConfiguration": scanOnPush{r.ScanOnPush}, "encryptionConfiguration": r.Encryption,
	}
	if len(r.Exclusions) > 0 {
		out["imageTagMutabilityExclusionFilters"] = r.Exclusions
	}
	return out
}

func createRepository(q *request) (any, error) {
	var in struct {
		repositoryRef
		Tags       []jsonTag         `json:"tags"`
		Mutability string            `json:"imageTagMutability"`
		Exclusions []exclusionFilter `json:"imageTagMutabilityExclusionFilters"`
		Scanning   *scanOnPush       `json:"imageScanningConfiguration"`
		Encryption *imageEncryption  `json:"encryptionConfiguration"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if err := in.valid(q); err != nil {
		return nil, err
	}
	if _, taken := repositories.Get(q.tx, q.region, in.Name); taken {
		return nil, fail(http.StatusBadRequest, "RepositoryAlreadyExistsException", "The repository with name '%s' already exists in the registry with id '%s'", in.Name, q.account)
	}
	if len(repositories.List(q.tx, q.region)) >= quota(q.tx, q.region, quotaRepositories) {
		return nil, fail(http.StatusBadRequest, "LimitExceededException", "The limit of repositories in the registry with id '%s' has been exceeded", q.account)
	}
	r := &repository{Created: q.tx.Now(), Mutability: "MUTABLE", Encryption: imageEncryption{Type: "AES256"}}
	r.ID, r.Name, r.Region = in.Name, in.Name, q.region
	r.ARN = q.arn("ecr", "repository/"+in.Name)
	if in.Mutability != "" {
		if err := r.setMutability(in.Mutability, in.Exclusions); err != nil {
			return nil, err
		}
	}
	if in.Scanning != nil {
		r.ScanOnPush = in.Scanning.On
	}
	var err error
	if in.Encryption != nil {
		if r.Encryption, err = in.Encryption.settle(q); err != nil {
			return nil, err
		}
	}
	if r.Tags, err = jsonTags(nil, in.Tags, "InvalidTagParameterException", "TooManyTagsException"); err != nil {
		return nil, err
	}
	repositories.Put(q.tx, r)
	return map[string]any{"repository": r.wire(q)}, nil
}

// settle finds the key of an encryption by KMS: the one given, or ECR's own.
func (e imageEncryption) settle(q *request) (imageEncryption, error) {
	switch e.Type {
	case "AES256":
		if e.Key != "" {
			return e, ecrInvalid("encryptionConfiguration", "kmsKey must not be set with the encryption type AES256")
		}
		return e, nil
	case "KMS", "KMS_DSSE":
	default:
		return e, ecrInvalid("encryptionType", "must be one of AES256, KMS, KMS_DSSE")
	}
	if e.Key == "" {
		own, ok := findKey(q.tx, q.region, "alias/aws/ecr")
		if !ok {
			var err error
			if own, err = awsManagedKey(q, "alias/aws/ecr"); err != nil {
				return e, err
			}
		}
		e.Key = own.ARN
		return e, nil
	}
	key, problem := usableKey(q.tx, q.region, e.Key)
	if problem != "" {
		refusal := fail(http.StatusBadRequest, "KmsException", "%s (Service: AWSKMS; Status Code: 400; Error Code: NotFoundException)", problem)
		refusal.fields = map[string]any{"kmsError": "NotFoundException"}
		return e, refusal
	}
	e.Key = key.ARN
	return e, nil
}

func describeRepositories(q *request) (any, error) {
	var in struct {
		registry
		Names []string `json:"repositoryNames"`
		Token string   `json:"nextToken"`
		Size  int      `json:"maxResults"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if err := in.check(q); err != nil {
		return nil, err
	}
	found := repositories.List(q.tx, q.region)
	if len(in.Names) > 0 {
		if in.Size != 0 || in.Token != "" {
			return nil, invalidParameter("maxResults and nextToken can't be used with repositoryNames")
		}
		found = nil
		for _, name := range in.Names {
			r, err := repositoryRef{Name: name}.find(q)
			if err != nil {
				return nil, err
			}
			found = append(found, r)
		}
	}
	return ecrPage("repositories", each(found, func(r *repository) map[string]any { return r.wire(q) }), in.Token, in.Size)
}

// ecrPage answers a list operation, a page at a time.
func ecrPage[T any](name string, values []T, token string, size int) (any, error) {
	if size == 0 {
		size = 100
	}
	if size < 1 || size > 1000 {
		return nil, ecrInvalid("maxResults", "must be between 1 and 1000")
	}
	cut, next, ok := page(values, token, size)
	if !ok {
		return nil, ecrInvalid("nextToken", "is not valid")
	}
	out := map[string]any{name: append([]T{}, cut...)}
	if next != "" {
		out["nextToken"] = next
	}
	return out, nil
}

func deleteRepository(q *request) (any, error) {
	var in struct {
		repositoryRef
		Force bool `json:"force"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := in.find(q)
	if err != nil {
		return nil, err
	}
	if len(r.Images) > 0 && !in.Force {
		return nil, fail(http.StatusBadRequest, "RepositoryNotEmptyException", "The repository with name '%s' in registry with id '%s' cannot be deleted because it still contains images", r.ID, q.account)
	}
	repositories.Delete(q.tx, q.region, r.ID)
	return map[string]any{"repository": r.wire(q)}, nil
}

var exclusionPattern = matching(`[0-9a-zA-Z._*-]{1,128}`)

func (r *repository) setMutability(to string, exclusions []exclusionFilter) error {
	excluding := strings.HasSuffix(to, "_WITH_EXCLUSION")
	switch {
	case !slices.Contains([]string{"MUTABLE", "IMMUTABLE", "MUTABLE_WITH_EXCLUSION", "IMMUTABLE_WITH_EXCLUSION"}, to):
		return ecrInvalid("imageTagMutability", "must be one of MUTABLE, IMMUTABLE, MUTABLE_WITH_EXCLUSION, IMMUTABLE_WITH_EXCLUSION")
	case excluding != (len(exclusions) > 0), len(exclusions) > 5:
		return ecrInvalid("imageTagMutabilityExclusionFilters", "1 to 5 filters go with the settings WITH_EXCLUSION, and none with the others")
	}
	for _, f := range exclusions {
		if f.Type != "WILDCARD" || !exclusionPattern.MatchString(f.Filter) || strings.Count(f.Filter, "*") > 2 {
			return ecrInvalid("imageTagMutabilityExclusionFilters", "filters are WILDCARD, of [0-9a-zA-Z._-] and at most two *")
		}
	}
	r.Mutability, r.Exclusions = to, exclusions
	return nil
}

func putImageTagMutability(q *request) (any, error) {
	var in struct {
		repositoryRef
		Mutability string            `json:"imageTagMutability"`
		Exclusions []exclusionFilter `json:"imageTagMutabilityExclusionFilters"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := in.find(q)
	if err != nil {
		return nil, err
	}
	if err := r.setMutability(in.Mutability, in.Exclusions); err != nil {
		return nil, err
	}
	repositories.Put(q.tx, r)
	out := map[string]any{"registryId": q.account, "repositoryName": r.ID, "imageTagMutability": r.Mutability}
	if len(r.Exclusions) > 0 {
		out["imageTagMutabilityExclusionFilters"] = r.Exclusions
	}
	return out, nil
}

func putImageScanning(q *request) (any, error) {
	var in struct {
		repositoryRef
		Scanning scanOnPush `json:"imageScanningConfiguration"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := in.find(q)
	if err != nil {
		return nil, err
	}
	r.ScanOnPush = in.Scanning.On
	repositories.Put(q.tx, r)
	return map[string]any{"registryId": q.account, "repositoryName": r.ID, "imageScanningConfiguration": in.Scanning}, nil
}

// repositoryOf finds a repository by ARN, for the tag operations.
func repositoryOf(q *request, reference string) (*repository, error) {
	prefix := q.arn("ecr", "repository/")
	name, ok := strings.CutPrefix(reference, prefix)
	if !ok {
		return nil, ecrInvalid("resourceArn", "Invalid ARN")
	}
	return repositoryRef{Name: name}.find(q)
}

func tagRepository(q *request) (any, error) {
	var in struct {
		ARN  string    `json:"resourceArn"`
		Tags []jsonTag `json:"tags"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := repositoryOf(q, in.ARN)
	if err != nil {
		return nil, err
	}
	if r.Tags, err = jsonTags(r.Tags, in.Tags, "InvalidTagParameterException", "TooManyTagsException"); err != nil {
		return nil, err
	}
	repositories.Put(q.tx, r)
	return nil, nil
}

func untagRepository(q *request) (any, error) {
	var in struct {
		ARN  string   `json:"resourceArn"`
		Keys []string `json:"tagKeys"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := repositoryOf(q, in.ARN)
	if err != nil {
		return nil, err
	}
	r.Tags = dropTags(r.Tags, in.Keys)
	repositories.Put(q.tx, r)
	return nil, nil
}

func listRepositoryTags(q *request) (any, error) {
	var in struct {
		ARN string `json:"resourceArn"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := repositoryOf(q, in.ARN)
	if err != nil {
		return nil, err
	}
	return map[string]any{"tags": jsonTagList(r.Tags)}, nil
}

// getAuthorizationToken gives a password that is good for nothing: there is no
// registry behind it. It is kept nowhere.
func getAuthorizationToken(q *request) (any, error) {
	var in struct {
		Registries []string `json:"registryIds"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	password := digest("ecr " + q.call.RequestID)
	return map[string]any{"authorizationData": []map[string]any{{
		"authorizationToken": base64.StdEncoding.EncodeToString([]byte("AWS:" + password)),
		"expiresAt":          epoch(q.tx.Now().Add(12 * time.Hour)),
		"proxyEndpoint":      "https://" + q.account + ".dkr.ecr." + q.region + ".amazonaws.com",
	}}}, nil
}
