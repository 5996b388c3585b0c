package awsapi

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// imageLifecycle is a lifecycle policy, as far as ECR checks one.
type imageLifecycle struct {
	Rules []struct {
		Priority    int    `json:"rulePriority"`
		Description string `json:"description"`
		Selection   struct {
			TagStatus    string   `json:"tagStatus"`
			Prefixes     []string `json:"tagPrefixList"`
			Patterns     []string `json:"tagPatternList"`
			StorageClass string   `json:"storageClass"`
			CountType    string   `json:"countType"`
			CountUnit    string   `json:"countUnit"`
			CountNumber  int      `json:"countNumber"`
		} `json:"selection"`
		Action struct {
			Type   string `json:"type"`
			Target string `json:"targetStorageClass"`
		} `json:"action"`
	} `json:"rules"`
}

// checkLifecycle says what is wrong with a policy, "" when nothing is.
func checkLifecycle(text string) string {
	var policy imageLifecycle
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&policy); err != nil {
		return err.Error()
	}
	if len(policy.Rules) == 0 || len(policy.Rules) > 50 {
		return "a policy has 1 to 50 rules"
	}
	seen := map[int]bool{}
	highest, anyPriority := 0, 0
	for i, r := range policy.Rules {
		s := r.Selection
		at := fmt.Sprintf("rule %d: ", i)
		since := strings.HasPrefix(s.CountType, "sinceImage")
		switch {
		case r.Priority < 1:
			return at + "rulePriority must be 1 or more"
		case seen[r.Priority]:
			return at + "rulePriority must be unique"
		case !slices.Contains([]string{"tagged", "untagged", "any"}, s.TagStatus):
			return at + "tagStatus must be one of tagged, untagged, any"
		case (s.TagStatus == "tagged") != (len(s.Prefixes)+len(s.Patterns) > 0):
			return at + "tagPrefixList or tagPatternList goes with tagStatus tagged, and with no other"
		case len(s.Prefixes) > 0 && len(s.Patterns) > 0:
			return at + "tagPrefixList and tagPatternList can't be used together"
		case s.CountType != "imageCountMoreThan" && !since:
			return at + "countType must be imageCountMoreThan or sinceImagePushed"
		case since != (s.CountUnit == "days"):
			return at + "countUnit days goes with a countType of sinceImage, and with no other"
		case s.CountNumber < 1:
			return at + "countNumber must be 1 or more"
		case r.Action.Type != "expire" && r.Action.Type != "transition":
			return at + "the action type must be expire or transition"
		}
		seen[r.Priority] = true
		highest = max(highest, r.Priority)
		if s.TagStatus == "any" {
			if anyPriority != 0 {
				return at + "only one rule can have tagStatus any"
			}
			anyPriority = r.Priority
		}
	}
	if anyPriority != 0 && anyPriority != highest {
		return "the rule with tagStatus any must have the highest rulePriority"
	}
	return ""
}

func (r *repository) lifecycleAnswer(q *request, text string, evaluated bool) map[string]any {
	out := map[string]any{"registryId": q.account, "repositoryName": r.ID, "lifecyclePolicyText": text}
	if evaluated {
		out["lastEvaluatedAt"] = epoch(q.tx.Now())
	}
	return out
}

func putImageLifecycle(q *request) (any, error) {
	var in struct {
		repositoryRef
		Text string `json:"lifecyclePolicyText"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := in.find(q)
	if err != nil {
		return nil, err
	}
	if len(in.Text) < 100 || len(in.Text) > 30720 {
		return nil, ecrInvalid("lifecyclePolicyText", "must have length between 100 and 30720")
	}
	if problem := checkLifecycle(in.Text); problem != "" {
		return nil, ecrInvalid("LifecyclePolicyText", "Lifecycle policy validation failure: "+problem)
	}
	r.Lifecycle = in.Text
	repositories.Put(q.tx, r)
	return r.lifecycleAnswer(q, r.Lifecycle, false), nil
}

// withLifecycle is the repository of a request when it has a policy.
func withLifecycle(q *request) (*repository, error) {
	var in repositoryRef
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := in.find(q)
	if err == nil && r.Lifecycle == "" {
		return nil, fail(http.StatusBadRequest, "LifecyclePolicyNotFoundException", "Lifecycle policy does not exist for the repository with name '%s' in the registry with id '%s'", r.ID, q.account)
	}
	return r, err
}

func getImageLifecycle(q *request) (any, error) {
	r, err := withLifecycle(q)
	if err != nil {
		return nil, err
	}
	return r.lifecycleAnswer(q, r.Lifecycle, true), nil
}

func deleteImageLifecycle(q *request) (any, error) {
	r, err := withLifecycle(q)
	if err != nil {
		return nil, err
	}
	text := r.Lifecycle
	r.Lifecycle = ""
	repositories.Put(q.tx, r)
	return r.lifecycleAnswer(q, text, true), nil
}

func setRepositoryPolicy(q *request) (any, error) {
	var in struct {
		repositoryRef
		Text  string `json:"policyText"`
		Force bool   `json:"force"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := in.find(q)
	if err != nil {
		return nil, err
	}
	document, problem := parsePolicy(in.Text, resourcePolicy)
	if problem != "" || len(in.Text) > 10240 {
		return nil, ecrInvalid("PolicyText", "Invalid repository policy provided")
	}
	if unknownPrincipal(q, document) != "" {
		return nil, ecrInvalid("PolicyText", "Principal not found")
	}
	r.Policy = in.Text
	repositories.Put(q.tx, r)
	return r.policyAnswer(q, r.Policy), nil
}

func (r *repository) policyAnswer(q *request, text string) map[string]any {
	return map[string]any{"registryId": q.account, "repositoryName": r.ID, "policyText": text}
}

func withPolicy(q *request) (*repository, error) {
	var in repositoryRef
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := in.find(q)
	if err == nil && r.Policy == "" {
		return nil, fail(http.StatusBadRequest, "RepositoryPolicyNotFoundException", "Repository policy does not exist for the repository with name '%s' in the registry with id '%s'", r.ID, q.account)
	}
	return r, err
}

func getRepositoryPolicy(q *request) (any, error) {
	r, err := withPolicy(q)
	if err != nil {
		return nil, err
	}
	return r.policyAnswer(q, r.Policy), nil
}

func deleteRepositoryPolicy(q *request) (any, error) {
	r, err := withPolicy(q)
	if err != nil {
		return nil, err
	}
	text := r.Policy
	r.Policy = ""
	repositories.Put(q.tx, r)
	return r.policyAnswer(q, text), nil
}
