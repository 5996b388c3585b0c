package awsapi

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

func stsService() *service {
	return &service{
		name:     "sts",
		global:   true, // a caller is the same one in every region
		protocol: query{version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/"},
		operations: operations{
			"GetCallerIdentity":         {run: getCallerIdentity},
			"AssumeRole":                {run: assumeRole},
			"AssumeRoleWithWebIdentity": {run: assumeRoleWithWebIdentity},
		},
	}
}

// session is what a temporary access key stands for; its id in the store is
// the access key id. The secret key and the token that went with it are kept
// nowhere: the sandbox does not check signatures.
type session struct {
	sandbox.Meta
	Role   string `json:"role"` // ARN
	RoleID string `json:"roleId"`
	As     string `json:"sessionName"`
}

// sessions are known to all accounts: the access key tells which one a caller
// is in.
var sessions = sandbox.NewWideTable[session](cloud, "sts/session")

// account is the account of the role that was assumed.
func (s *session) account() string { return strings.Split(s.Role, ":")[4] }

// signedBy finds the session whose access key signed the request.
func signedBy(tx *sandbox.Tx, r *http.Request) (*session, bool) {
	credential := r.Header.Get("Authorization")
	if credential == "" {
		credential = "Credential=" + r.URL.Query().Get("X-Amz-Credential")
	}
	_, rest, ok := strings.Cut(credential, "Credential=")
	if !ok {
		return nil, false
	}
	key, _, _ := strings.Cut(rest, "/")
	return sessions.Get(tx, "", key)
}

// callerRole is the role that everybody who assumed none is in.
const callerRole = "kready-sandbox"

func callerRoleARN(account string) string { return iamARN(account, "role/"+callerRole) }

// caller says who signed the request. Callers with any other credentials than
// those that STS gave out are in one role, in a session that carries the
// realm, so that UserId differs between any two sandboxes.
func caller(q *request) *session {
	if s, ok := signedBy(q.tx, q.call.Request); ok {
		return s
	}
	return &session{Role: callerRoleARN(q.account), RoleID: "AROASANDBOX0000000000", As: q.tx.Realm()}
}

// arn is how the session is named as a principal; STS leaves out the role's
// path.
func (s *session) arn(account string) string {
	name := s.Role[strings.LastIndexByte(s.Role, '/')+1:]
	return arn("sts", "", account, "assumed-role/"+name+"/"+s.As)
}

func getCallerIdentity(q *request) (any, error) {
	s := caller(q)
	q.object(s.arn(q.account))
	return []node{text("UserId", s.RoleID+":"+s.As), text("Account", q.account), text("Arn", s.arn(q.account))}, nil
}

var (
	sessionName = matching(`[\w+=,.@-]*`)
	roleARN     = matching(`arn:aws[a-z-]*:iam::\d{12}:role/[\x21-\x7E]+`)
)

// askedSession reads what both operations take, and finds the role.
func askedSession(q *request) (role *iamRole, name string, seconds int, err error) {
	var ok bool
	wanted := q.form.text("RoleArn")
	name = q.form.text("RoleSessionName")
	if seconds, err = q.form.number("DurationSeconds", 3600); err != nil {
		return nil, "", 0, err
	}
	var c constraints
	c.required("roleArn", wanted)
	c.length("roleSessionName", name, 2, 64)
	c.pattern("roleSessionName", name, sessionName)
	c.number("durationSeconds", seconds, 900, 43200)
	if err := c.err(iamValidation); err != nil {
		return nil, "", 0, err
	}
	q.object(wanted)
	if !roleARN.MatchString(wanted) {
		return nil, "", 0, fail(http.StatusBadRequest, iamValidation, "%s is invalid", wanted)
	}
	q.tx.Inside(inside(q.tx, strings.Split(wanted, ":")[4]), func() { role, ok = roleByARN(q.tx, wanted) })
	if !ok {
		return nil, "", 0, notAuthorized(q, wanted)
	}
	if seconds > role.MaxSession {
		return nil, "", 0, fail(http.StatusBadRequest, iamValidation, "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
	}
	return role, name, seconds, nil
}

func notAuthorized(q *request, role string) error {
	return fail(http.StatusForbidden, "AccessDenied", "User: %s is not authorized to perform: sts:%s on resource: %s",
		caller(q).arn(q.account), q.call.Operation, role)
}

// credentials opens a session and renders what the caller gets for it.
func credentials(q *request, role *iamRole, name string, seconds int) []node {
	s := &session{Role: role.ARN, RoleID: role.RoleID, As: name}
	s.ID, s.Hidden = "ASIA"+strings.ToUpper(q.tx.Hex(16)), true
	sessions.Put(q.tx, s)
	return []node{
		group("Credentials",
			text("AccessKeyId", s.ID), text("SecretAccessKey", q.tx.Hex(40)), text("SessionToken", q.tx.Hex(64)),
			iamTime("Expiration", q.tx.Now().Add(time.Duration(seconds)*time.Second))),
		group("AssumedRoleUser", text("AssumedRoleId", role.RoleID+":"+name), text("Arn", s.arn(s.account()))),
	}
}

func assumeRole(q *request) (any, error) {
	// None of these changes what the sandbox grants, which is everything.
	q.form.ignore("Policy", "PolicyArns", "Tags", "TransitiveTagKeys", "ExternalId", "SourceIdentity")
	role, name, seconds, err := askedSession(q)
	if err != nil {
		return nil, err
	}
	trust, problem := parsePolicy(role.Trust, trustPolicy)
	me := caller(q)
	trusted := func(principal string) bool {
		return problem == "" && trust.allows("AWS", principal, "sts:AssumeRole")
	}
	if !trusted(iamARN(q.account, "root")) && !trusted(q.account) && !trusted(me.Role) && !trusted(me.arn(q.account)) {
		return nil, notAuthorized(q, role.ARN)
	}
	if role.Propagation.Left > 0 {
		role.Propagation.Poll()
		iamRoles.Put(q.tx, role)
		q.keep()
		return nil, notAuthorized(q, role.ARN)
	}
	return credentials(q, role, name, seconds), nil
}

var federated = regexp.MustCompile(`^arn:aws[a-z-]*:iam::\d{12}:oidc-provider/`)

// assumeRoleWithWebIdentity takes a token by its claims. The signature is not
// checked: the issuer is a cluster that does not exist.
func assumeRoleWithWebIdentity(q *request) (any, error) {
	q.form.ignore("Policy", "PolicyArns", "ProviderId")
	token := q.form.text("WebIdentityToken")
	role, name, seconds, err := askedSession(q)
	if err != nil {
		return nil, err
	}
	issuer, subject, audiences, ok := claims(token)
	if !ok {
		return nil, fail(http.StatusBadRequest, "InvalidIdentityToken", "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
	}
	var provider *iamOIDC
	in := strings.Split(role.ARN, ":")[4]
	q.tx.Inside(inside(q.tx, in), func() {
		provider, ok = iamOIDCs.Get(q.tx, "", iamARN(in, "oidc-provider/"+strings.TrimPrefix(issuer, "https://")))
	})
	if !ok {
		return nil, fail(http.StatusBadRequest, "InvalidIdentityToken", "No OpenIDConnect provider found in your account for %s", issuer)
	}
	if !slices.ContainsFunc(audiences, func(a string) bool { return slices.Contains(provider.Clients, a) }) {
		return nil, fail(http.StatusBadRequest, "InvalidIdentityToken", "Incorrect token audience")
	}
	trust, problem := parsePolicy(role.Trust, trustPolicy)
	if problem != "" || !federated.MatchString(provider.ID) || !trust.allows("Federated", provider.ID, "sts:AssumeRoleWithWebIdentity") {
		return nil, fail(http.StatusForbidden, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
	}
	return append(credentials(q, role, name, seconds),
		text("SubjectFromWebIdentityToken", subject), text("Audience", audiences[0]), text("Provider", provider.ID)), nil
}

// claims reads the middle part of a JSON web token.
func claims(token string) (issuer, subject string, audiences []string, ok bool) {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return "", "", nil, false
	}
	raw, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return "", "", nil, false
	}
	var body struct {
		Issuer   string            `json:"iss"`
		Subject  string            `json:"sub"`
		Audience oneOrMore[string] `json:"aud"`
	}
	if err := json.Unmarshal(raw, &body); err != nil || len(body.Audience) == 0 {
		return "", "", nil, false
	}
	return body.Issuer, body.Subject, body.Audience, true
}
