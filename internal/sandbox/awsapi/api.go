package awsapi

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// cloud is this API's word in journal, faults and objects.
const cloud = "aws"

// New returns the API to give to sandbox.Open.
func New() sandbox.API {
	api := &api{services: map[string]*service{}}
	for _, s := range []*service{
		ec2Service(),
		elbService(),
		iamService(),
		stsService(),
		kmsService(),
		logsService(),
		eksService(),
		ecrService(),
		secretsService(),
		quotasService(),
		sqsService(),
		eventsService(),
		ssmService(),
	} {
		s.protocol.prepare(s)
		api.services[s.name] = s
	}
	return api
}

type api struct{ services map[string]*service }

// service is one AWS service of the sandbox.
type service struct {
	name       string // signing name: "ec2", "elasticloadbalancing", "iam"
	global     bool   // one for all regions: objects have an empty region
	protocol   protocol
	operations operations
}

type operations map[string]operation

// operation is one entry of a service. Whether it writes is told by its name,
// unless write says so: "Describe…", "List…", "Get…" and their like do not.
type operation struct {
	run   func(q *request) (any, error)
	route string // rest-json only: "POST /clusters/{name}/addons"
	write bool
}

// protocol turns requests into operations, and their results into answers.
type protocol interface {
	// prepare is called once, when the service is registered.
	prepare(s *service)
	// operation names what a request asks for; "" when it is not a request of
	// this protocol.
	operation(s *service, r *http.Request, body []byte) string
	// read fills the request's form, or path and query.
	read(s *service, q *request) error
	// answer renders what an operation returned.
	answer(q *request, result any) (*sandbox.Response, error)
	// unread names input that the operation did not look at.
	unread(q *request) []string
	// refuse renders an error.
	refuse(call *sandbox.Call, e *apiError) *sandbox.Response
	// unknown is the service's error for an operation that it does not have.
	unknown(operation string) *apiError
}

// request is one call, as an operation sees it.
type request struct {
	tx      *sandbox.Tx
	call    *sandbox.Call
	service *service
	region  string // "" for global services
	account string // twelve digits

	form  *form             // query protocols
	path  map[string]string // rest-json: the route's parameters, decoded
	query url.Values        // rest-json
}

// object names the object that the call is about, for the journal.
func (q *request) object(id string) { q.call.Object = id }

// keep commits what was written although the answer will be an error.
func (q *request) keep() { q.call.Keep = true }

// arn builds an ARN in the caller's account, in the request's region.
func (q *request) arn(service, resource string) string {
	return arn(service, q.region, q.account, resource)
}

func arn(service, region, account, resource string) string {
	return "arn:" + partition(region) + ":" + service + ":" + region + ":" + account + ":" + resource
}

func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	default:
		return "aws"
	}
}

// accountSetting names the setting that holds the sandbox's account id.
const accountSetting = "aws/account"

// account is the account of the transaction: that of the caller.
func account(tx *sandbox.Tx) string { return accountOf(tx, tx.Account()) }

// accountOf is the id of the account that objects are in; "" is the one that
// callers are in by themselves.
func accountOf(tx *sandbox.Tx, in string) string {
	if in != "" {
		return in
	}
	return tx.Setting(accountSetting, "111122223333")
}

// inside is the word by which tables know an account.
func inside(tx *sandbox.Tx, id string) string {
	if id == accountOf(tx, "") {
		return ""
	}
	return id
}

// apiError is an error as AWS answers it.
type apiError struct {
	status  int
	code    string
	message string
	fields  map[string]any // further members of a json error
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

// fail is an answer that is an error.
func fail(status int, code, format string, arguments ...any) *apiError {
	return &apiError{status: status, code: code, message: fmt.Sprintf(format, arguments...)}
}

// Cloud is "aws".
func (a *api) Cloud() string { return cloud }

// scope is where a request is signed for: date/region/service/aws4_request, in
// the Authorization header, or in a presigned URL's query. A signature for all
// regions (sigv4a) has no region.
var scope = regexp.MustCompile(`(?:Credential=|^)[^/,\s]+/\d{8}/(?:([a-z0-9-]+)/)?([a-z0-9-]+)/aws4_request`)

// regionLabel is what a region looks like in a host name.
var regionLabel = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)

// fromHost reads an AWS host name: ec2.eu-west-1.amazonaws.com,
// iam.amazonaws.com, api.ecr.eu-west-1.amazonaws.com, sqs.eu-west-1.api.aws.
func fromHost(host string) (service, region string) {
	name, _, _ := strings.Cut(strings.ToLower(host), ":")
	for _, suffix := range []string{".amazonaws.com", ".amazonaws.com.cn", ".api.aws"} {
		rest, ok := strings.CutSuffix(name, suffix)
		if !ok {
			continue
		}
		labels := strings.Split(rest, ".")
		if last := len(labels) - 1; last > 0 && regionLabel.MatchString(labels[last]) {
			region, labels = labels[last], labels[:last]
		}
		return strings.TrimSuffix(labels[len(labels)-1], "-fips"), region
	}
	return "", ""
}

// Identify reads service and region from the host name when it is one of AWS,
// and from the signature's scope otherwise (a client sent to loopback), and
// the operation from the protocol.
func (a *api) Identify(r *http.Request, body []byte) (*sandbox.Call, bool) {
	name, region := "", ""
	credential := r.Header.Get("Authorization")
	if credential == "" {
		credential = r.URL.Query().Get("X-Amz-Credential")
	}
	if m := scope.FindStringSubmatch(credential); m != nil {
		region, name = m[1], m[2]
	}
	requested := r.Host
	if requested == "" {
		requested = r.URL.Host
	}
	if service, in := fromHost(requested); service != "" {
		name = service
		if in != "" {
			region = in
		}
	}
	if name == "" {
		return nil, false
	}
	call := &sandbox.Call{Service: name, Region: region}
	s := a.services[name]
	if s == nil {
		return call, true
	}
	if s.global {
		call.Region = ""
	}
	call.Operation = s.protocol.operation(s, r, body)
	call.Write = s.operations[call.Operation].write || !reads.MatchString(call.Operation)
	return call, true
}

var reads = regexp.MustCompile(`^(Describe|List|Get|BatchGet|BatchCheck|Lookup|Search|Simulate|Head)`)

// Serve runs the call.
func (a *api) Serve(tx *sandbox.Tx, call *sandbox.Call) (*sandbox.Response, error) {
	s := a.services[call.Service]
	if s == nil {
		return a.Fault(call, http.StatusBadRequest, "UnknownService",
			"This sandbox does not model the service "+call.Service+"."), nil
	}
	var result any
	var q *request
	var err error
	in := ""
	if session, ok := signedBy(tx, call.Request); ok {
		in = inside(tx, session.account())
	}
	tx.Inside(in, func() { result, q, err = a.run(tx, call, s) })
	call.Account = accountOf(tx, in)
	if err == nil {
		return s.protocol.answer(q, result)
	}
	var refusal *apiError
	if !errors.As(err, &refusal) {
		return nil, err
	}
	call.Code = refusal.code
	return s.protocol.refuse(call, refusal), nil
}

func (a *api) run(tx *sandbox.Tx, call *sandbox.Call, s *service) (any, *request, error) {
	op, ok := s.operations[call.Operation]
	if !ok {
		return nil, nil, s.protocol.unknown(call.Operation)
	}
	q := &request{tx: tx, call: call, service: s, region: call.Region, account: account(tx)}
	if !s.global && !knownRegion(q.region) {
		return nil, nil, fail(http.StatusForbidden, "AuthFailure", "This sandbox has no region %q; it has %s.", q.region, strings.Join(regionNames(), ", "))
	}
	if err := s.protocol.read(s, q); err != nil {
		return nil, nil, err
	}
	result, err := op.run(q)
	if err != nil {
		return nil, nil, err
	}
	if names := s.protocol.unread(q); len(names) > 0 {
		call.Keep = false
		return nil, nil, fail(http.StatusBadRequest, "UnsupportedOperation",
			"This sandbox does not model these parameters of %s: %s.", call.Operation, strings.Join(names, ", "))
	}
	if q.form != nil && q.form.values.Get("DryRun") == "true" {
		call.Keep = false
		return nil, nil, fail(http.StatusPreconditionFailed, "DryRunOperation", "Request would have succeeded, but DryRun flag is set.")
	}
	return result, q, nil
}

// Fault renders an error for a fault rule.
func (a *api) Fault(call *sandbox.Call, status int, code, message string) *sandbox.Response {
	if code == "" {
		code = usualCode(status)
	}
	if message == "" {
		message = "The sandbox was told to answer so."
	}
	call.Code = code
	s := a.services[call.Service]
	if s == nil {
		s = &service{protocol: json11{}}
	}
	return s.protocol.refuse(call, &apiError{status: status, code: code, message: message})
}

func usualCode(status int) string {
	switch {
	case status == http.StatusForbidden:
		return "AccessDenied"
	case status == http.StatusTooManyRequests:
		return "ThrottlingException"
	case status == http.StatusServiceUnavailable:
		return "ServiceUnavailable"
	case status >= http.StatusInternalServerError:
		return "InternalFailure"
	default:
		return "ValidationError"
	}
}
