package awsapi

import (
	"net/http"
	"slices"
	"strings"
)

// endpointService is a service of AWS that a VPC endpoint can lead to.
type endpointService struct {
	short    string // "ecr.api"
	types    []string
	private  string // its public name, answered privately
	noPolicy bool   // endpoint policies are not supported
}

// interfaceServices are the services with interface endpoints that a cluster
// or its workloads use, and the first label of their public names where that
// is not the service's own.
var interfaceServices = map[string]string{
	"ec2": "ec2", "ec2messages": "ec2messages", "ecr.api": "api.ecr", "ecr.dkr": "*.dkr.ecr", "eks": "eks", "eks-auth": "eks-auth",
	"elasticloadbalancing": "elasticloadbalancing", "autoscaling": "autoscaling", "sts": "sts", "logs": "logs",
	"monitoring": "monitoring", "kms": "kms", "secretsmanager": "secretsmanager", "ssm": "ssm", "ssmmessages": "ssmmessages",
	"sqs": "sqs", "sns": "sns", "events": "events", "elasticfilesystem": "elasticfilesystem", "guardduty-data": "guardduty-data",
	"aps-workspaces": "aps-workspaces", "xray": "xray", "acm-pca": "acm-pca", "cloudtrail": "cloudtrail", "lambda": "lambda",
	"s3": "s3", "dynamodb": "dynamodb", "rds": "rds", "route53resolver": "route53resolver", "servicequotas": "servicequotas",
	"pricing.api": "api.pricing", "backup": "backup", "cloudformation": "cloudformation", "execute-api": "execute-api",
	"kinesis-streams": "kinesis", "bedrock-runtime": "bedrock-runtime", "application-autoscaling": "application-autoscaling",
}

// withoutPolicy are services whose endpoints take no policy.
var withoutPolicy = []string{"guardduty-data"}

func endpointServiceNamed(region, name string) (endpointService, bool) {
	short, ok := strings.CutPrefix(name, "com.amazonaws."+region+".")
	if !ok {
		return endpointService{}, false
	}
	label, ok := interfaceServices[short]
	if !ok {
		return endpointService{}, false
	}
	s := endpointService{
		short: short, types: []string{"Interface"}, private: label + "." + region + ".amazonaws.com",
		noPolicy: slices.Contains(withoutPolicy, short),
	}
	if short == "eks-auth" {
		s.private = "eks-auth." + region + ".api.aws"
	}
	if _, ok := prefixListOf(region, name); ok {
		s.types = []string{"Gateway", "Interface"}
	}
	return s, true
}

func describeEndpointServices(q *request) (any, error) {
	filters, err := q.filters([]string{"owner", "service-name", "service-type", "service-region", "supported-ip-address-types"})
	if err != nil {
		return nil, err
	}
	names := q.form.list("ServiceName")
	if _, _, err := q.page(len(names) > 0); err != nil {
		return nil, err
	}
	for _, name := range names {
		if _, ok := endpointServiceNamed(q.region, name); !ok {
			return nil, fail(http.StatusBadRequest, "InvalidServiceName", "The Vpc Endpoint Service '%s' does not exist", name)
		}
	}
	// One entry for each kind, as AWS lists S3 twice.
	type one struct {
		endpointService
		name, kind string
	}
	var found []one
	for _, short := range sortedKeys(interfaceServices) {
		name := "com.amazonaws." + q.region + "." + short
		s, _ := endpointServiceNamed(q.region, name)
		for _, kind := range s.types {
			keep := len(names) == 0 || slices.Contains(names, name)
			for _, f := range filters {
				value := map[string]string{
					"owner": "amazon", "service-name": name, "service-type": kind,
					"service-region": q.region, "supported-ip-address-types": "ipv4",
				}[f.name]
				keep = keep && f.any([]string{value})
			}
			if keep {
				found = append(found, one{s, name, kind})
			}
		}
	}
	unique := slices.Compact(each(found, func(o one) string { return o.name }))
	zones := each(regions[q.region], func(z zone) string { return z.name })
	return []node{
		items("serviceNameSet", unique, plain),
		items("serviceDetailSet", found, func(o one) []node {
			out := []node{
				text("serviceName", o.name), text("serviceId", "vpce-svc-"+digest(o.name)[:17]), text("serviceRegion", q.region),
				items("serviceType", []string{o.kind}, func(k string) []node { return []node{text("serviceType", k)} }),
				items("availabilityZoneSet", zones, plain), text("owner", "amazon"),
				flag("vpcEndpointPolicySupported", !o.noPolicy), flag("acceptanceRequired", false), flag("managesVpcEndpoints", false),
				items("supportedIpAddressTypeSet", []string{"ipv4"}, plain),
			}
			if o.kind == "Interface" {
				out = append(out, text("privateDnsName", o.private), items("privateDnsNameSet", []string{o.private}, func(n string) []node {
					return []node{text("privateDnsName", n)}
				}), text("privateDnsNameVerificationState", "verified"))
			}
			return out
		}),
	}, nil
}
