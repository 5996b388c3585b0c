// Package awsapi is the wire of AWS over a sandbox's store: EC2 (ec2query),
// Elastic Load Balancing, IAM and STS (query), EKS (rest-json), and the
// json-1.1 services.
//
// # Adding a service
//
// A service is one value, returned by a function in a file of its own and
// listed in New:
//
//	func stsService() *service {
//		return &service{
//			name:     "sts",              // the signing name, and the journal's
//			protocol: query{version: "2011-06-15", namespace: "https://sts.amazonaws.com/doc/2011-06-15/"},
//			operations: operations{
//				"GetCallerIdentity": {run: getCallerIdentity},
//			},
//		}
//	}
//
// An operation is a function from a request to what the answer holds:
//
//	query, ec2query   func(q *request) (any, error)   returns []node, made with text, num, group, items, members
//	json-1.1          func(q *request) (any, error)   returns what encoding/json encodes
//	rest-json         the same, and the operation names its route: {route: "POST /clusters/{name}/addons", run: …}
//
// It reads its input from q.form (query protocols), or with q.decode into a
// struct with json tags (json protocols; q.path has the route's parameters,
// q.query the query string). Input that no operation reads is refused: what
// is not modelled must not look as if it had worked. So read every parameter
// that is modelled, and only those; call q.form.ignore for the harmless rest.
//
// It refuses with fail(status, code, format, …). An answer that is an error
// undoes what the operation wrote, unless it called q.keep.
//
// Objects live in tables of package sandbox. EC2's share one describe, with
// ids, filters, pages and progress: see ec2_describe.go, and ec2_vpc.go for the
// pattern. What one service does in another's name goes through Go functions:
// newInterface, leaveInterfaces, newSecurityGroup, launchInstance, endInstance
// and templateFor are EC2's side of EKS.
//
// Limits are in quotas.go: enforced through quota, shown by Service Quotas,
// changed by settings.
package awsapi
