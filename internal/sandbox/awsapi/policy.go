package awsapi

import (
	"encoding/json"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// policyDocument is an IAM policy, as far as AWS checks one when it is given.
type policyDocument struct {
	Version   string
	Statement oneOrMore[policyStatement]
}

type policyStatement struct {
	Sid          string
	Effect       string
	Principal    *principals
	NotPrincipal *principals
	Action       oneOrMore[string]
	NotAction    oneOrMore[string]
	Resource     oneOrMore[string]
	NotResource  oneOrMore[string]
	Condition    map[string]map[string]oneOrMore[any]
	ID           string `json:"Id"`
}

// oneOrMore is a value that may be written without its list.
type oneOrMore[T any] []T

// UnmarshalJSON reads a list, or one value.
func (l *oneOrMore[T]) UnmarshalJSON(raw []byte) error {
	if strings.HasPrefix(string(raw), "[") {
		return json.Unmarshal(raw, (*[]T)(l))
	}
	var one T
	if err := json.Unmarshal(raw, &one); err != nil {
		return err
	}
	*l = []T{one}
	return nil
}

// principals are who a statement is about: "*", or lists by kind.
type principals struct {
	Everyone bool
	Kinds    map[string]oneOrMore[string]
}

// UnmarshalJSON reads "*" or an object.
func (p *principals) UnmarshalJSON(raw []byte) error {
	if string(raw) == `"*"` {
		p.Everyone = true
		return nil
	}
	return json.Unmarshal(raw, &p.Kinds)
}

// policyKind says which elements a policy may have.
type policyKind int

const (
	trustPolicy policyKind = iota
	identityPolicy
	resourcePolicy
)

// parsePolicy reads and checks a document. The error's text is what IAM says
// for the same mistake; the caller gives it its service's code.
func parsePolicy(raw string, kind policyKind) (*policyDocument, string) {
	var document policyDocument
	decoder := json.NewDecoder(strings.NewReader(raw))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&document); err != nil || decoder.More() {
		return nil, "Syntax errors in policy."
	}
	if document.Version != "" && document.Version != "2012-10-17" && document.Version != "2008-10-17" {
		return nil, "The policy must contain a valid version string"
	}
	if len(document.Statement) == 0 {
		return nil, "Syntax errors in policy."
	}
	sids := map[string]bool{}
	for _, s := range document.Statement {
		if problem := s.problem(kind); problem != "" {
			return nil, problem
		}
		if s.Sid != "" && sids[s.Sid] {
			return nil, "Statement IDs (SID) in a single policy must be unique."
		}
		sids[s.Sid] = true
	}
	return &document, ""
}

var (
	sidPattern    = regexp.MustCompile(`^[0-9A-Za-z]*$`)
	actionPattern = regexp.MustCompile(`^(\*|[a-zA-Z0-9-]+:[a-zA-Z0-9*?]+)$`)
	resourceARN   = regexp.MustCompile(`^(\*|arn:(aws[a-z-]*|\*):[^:]*:[^:]*:[^:]*:.+)$`)
)

func (s policyStatement) problem(kind policyKind) string {
	if s.Effect != "Allow" && s.Effect != "Deny" {
		return "Syntax errors in policy."
	}
	if kind != resourcePolicy && !sidPattern.MatchString(s.Sid) {
		return "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*"
	}
	if len(s.Action)+len(s.NotAction) == 0 {
		return "Policy statement must contain actions."
	}
	for _, action := range append(append([]string{}, s.Action...), s.NotAction...) {
		if !actionPattern.MatchString(action) {
			if strings.Contains(action, ":") {
				return "Actions/Conditions can contain only letters, digits, * and ?: " + action
			}
			return "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
		}
	}
	resources := append(append([]string{}, s.Resource...), s.NotResource...)
	whose := s.Principal != nil || s.NotPrincipal != nil
	switch {
	case kind == trustPolicy && len(resources) > 0:
		return "Has prohibited field Resource"
	case kind == trustPolicy && s.Principal == nil:
		return "Missing required field Principal"
	case kind == identityPolicy && whose:
		return "Policy document should not specify a principal."
	case kind == identityPolicy && len(resources) == 0:
		return "Policy statement must contain resources."
	case kind == resourcePolicy && !whose:
		return "Missing required field Principal"
	}
	if kind == identityPolicy {
		for _, resource := range resources {
			if !resourceARN.MatchString(resource) {
				return `Resource ` + resource + ` must be in ARN format or "*".`
			}
		}
	}
	return ""
}

// policySize counts a document's characters as IAM's quotas do: without white
// space.
func policySize(raw string) int {
	n := 0
	for _, r := range raw {
		if !unicode.IsSpace(r) {
			n++
		}
	}
	return n
}

var (
	principalARN     = regexp.MustCompile(`^arn:aws[a-z-]*:(?:iam|sts)::(\d{12}):(.+)$`)
	servicePrincipal = regexp.MustCompile(`^[a-z0-9.-]+\.(?:amazonaws\.com(?:\.cn)?|aws\.internal)$`)
)

// unknownPrincipal returns the first principal that does not exist, as
// `"AWS":"arn:…"`. AWS resolves each principal to an id when a policy with
// principals is stored; for accounts other than this one nothing is known
// here, so they are taken as given.
func unknownPrincipal(q *request, document *policyDocument) string {
	for _, s := range document.Statement {
		for _, p := range []*principals{s.Principal, s.NotPrincipal} {
			if p == nil {
				continue
			}
			for _, kind := range slices.Sorted(maps.Keys(p.Kinds)) {
				for _, name := range p.Kinds[kind] {
					if !principalExists(q, kind, name) {
						return `"` + kind + `":"` + name + `"`
					}
				}
			}
		}
	}
	return ""
}

// strangersSetting says whether roles of the account that were not made here
// exist: "exist", or "none".
const strangersSetting = "iam/strangers"

func principalExists(q *request, kind, name string) bool {
	switch kind {
	case "Service":
		return servicePrincipal.MatchString(name)
	case "Federated", "CanonicalUser":
		return name != ""
	case "AWS":
	default:
		return false
	}
	if name == "*" || len(name) == 12 && strings.Trim(name, "0123456789") == "" {
		return true
	}
	m := principalARN.FindStringSubmatch(name)
	if m == nil {
		return false
	}
	resource, isRole := strings.CutPrefix(m[2], "role/")
	if m[1] != q.account || !isRole {
		return true
	}
	role, ok := roleNamed(q.tx, resource[strings.LastIndexByte(resource, '/')+1:])
	if !ok && name != callerRoleARN(q.account) {
		// An account has roles that nobody made here: its administrators', its
		// pipelines'. A store can't know them, so they exist unless somebody
		// says otherwise. Service-linked roles it does know.
		return !strings.HasPrefix(resource, "aws-service-role/") && q.tx.Setting(strangersSetting, "exist") == "exist"
	}
	return !ok || role.ARN == name
}

// allows says whether a statement of the document lets a principal of that
// kind do the action; deny statements and conditions are not evaluated.
func (d *policyDocument) allows(kind, principal string, actions ...string) bool {
	for _, s := range d.Statement {
		if s.Effect != "Allow" || s.Principal == nil {
			continue
		}
		named := s.Principal.Everyone
		for _, name := range s.Principal.Kinds[kind] {
			named = named || name == principal || kind == "AWS" && name == "*"
		}
		if named && s.grants(actions) {
			return true
		}
	}
	return false
}

func (s policyStatement) grants(actions []string) bool {
	for _, action := range actions {
		granted := false
		for _, pattern := range s.Action {
			granted = granted || wildcard(strings.ToLower(pattern), strings.ToLower(action))
		}
		if !granted {
			return false
		}
	}
	return true
}

// wildcard matches * and ? as policies do. Actions hold none of the characters
// that path.Match would treat otherwise.
func wildcard(pattern, name string) bool {
	ok, err := path.Match(pattern, name)
	return ok && err == nil
}

// malformedPolicy is IAM's error for a document that it does not take.
func malformedPolicy(problem string) error {
	return fail(http.StatusBadRequest, "MalformedPolicyDocument", "%s", problem)
}
