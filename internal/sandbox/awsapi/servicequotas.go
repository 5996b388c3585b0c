package awsapi

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

func quotasService() *service {
	return &service{
		name:     "servicequotas",
		protocol: json11{target: "ServiceQuotasV20190624"},
		operations: operations{
			"GetServiceQuota":                               {run: getServiceQuota},
			"GetAWSDefaultServiceQuota":                     {run: getDefaultQuota},
			"ListServiceQuotas":                             {run: listServiceQuotas},
			"ListAWSDefaultServiceQuotas":                   {run: listDefaultQuotas},
			"RequestServiceQuotaIncrease":                   {run: requestQuota},
			"GetRequestedServiceQuotaChange":                {run: getRequestedQuota},
			"ListRequestedServiceQuotaChangeHistoryByQuota": {run: listRequestedQuotas},
		},
	}
}

// quotaRequest is a request for more; it is granted by polls.
type quotaRequest struct {
	sandbox.Meta
	Service  string           `json:"serviceCode"`
	Code     string           `json:"quotaCode"`
	Desired  int              `json:"desiredValue"`
	Status   string           `json:"status"` // PENDING, APPROVED
	Created  time.Time        `json:"created"`
	Updated  time.Time        `json:"lastUpdated"`
	Progress sandbox.Progress `json:"progress,omitzero"`
}

var quotaRequests = sandbox.NewTable[quotaRequest](cloud, "servicequotas/request")

var quotaServices = map[string]string{
	"vpc": "Amazon Virtual Private Cloud (Amazon VPC)", "ec2": "Amazon Elastic Compute Cloud (Amazon EC2)",
	"elasticloadbalancing": "Elastic Load Balancing (ELB)", "iam": "AWS Identity and Access Management (IAM)",
	"eks": "Amazon Elastic Kubernetes Service (Amazon EKS)", "ecr": "Amazon Elastic Container Registry (Amazon ECR)",
	"kms": "AWS Key Management Service (AWS KMS)", "logs": "Amazon CloudWatch Logs",
}

// globalQuotas are kept in this region, whatever region the account works in.
const globalQuotas = "us-east-1"

// quotasOf are the quotas of a service, as a region knows them.
func quotasOf(region, service string) []quotaKind {
	return slices.DeleteFunc(append(ec2Quotas(), platformQuotas()...), func(k quotaKind) bool {
		return k.service != service || k.global && region != globalQuotas
	})
}

type quotaRef struct {
	ServiceCode, QuotaCode, ContextId string
}

func (in quotaRef) find(q *request) (quotaKind, error) {
	q.object(in.ServiceCode + "/" + in.QuotaCode)
	for _, k := range quotasOf(q.region, in.ServiceCode) {
		if k.code == in.QuotaCode {
			return k, nil
		}
	}
	return quotaKind{}, fail(http.StatusBadRequest, "NoSuchResourceException", "The request failed because the specified service or quota does not exist: %s %s", in.ServiceCode, in.QuotaCode)
}

func (k quotaKind) wire(q *request, value int) map[string]any {
	region := q.region
	if k.global {
		region = ""
	}
	return map[string]any{
		"ServiceCode": k.service, "ServiceName": quotaServices[k.service], "QuotaCode": k.code, "QuotaName": k.name,
		"QuotaArn": arn("servicequotas", region, q.account, k.service+"/"+k.code), "Value": float64(value), "Unit": "None",
		"Adjustable": k.adjustable, "GlobalQuota": k.global, "QuotaAppliedAtLevel": "ACCOUNT",
	}
}

func getServiceQuota(q *request) (any, error) {
	var in quotaRef
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	k, err := in.find(q)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Quota": k.wire(q, quota(q.tx, q.region, k))}, nil
}

func getDefaultQuota(q *request) (any, error) {
	var in quotaRef
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	k, err := in.find(q)
	if err != nil {
		return nil, err
	}
	return map[string]any{"Quota": k.wire(q, k.value)}, nil
}

func listServiceQuotas(q *request) (any, error) {
	return quotaPage(q, func(k quotaKind) int { return quota(q.tx, q.region, k) })
}

func listDefaultQuotas(q *request) (any, error) {
	return quotaPage(q, func(k quotaKind) int { return k.value })
}

func quotaPage(q *request, value func(quotaKind) int) (any, error) {
	var in struct {
		quotaRef
		NextToken, QuotaAppliedAtLevel string
		MaxResults                     int
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if quotaServices[in.ServiceCode] == "" {
		return nil, fail(http.StatusBadRequest, "NoSuchResourceException", "The request failed because the specified service does not exist: %s", in.ServiceCode)
	}
	found := slices.DeleteFunc(quotasOf(q.region, in.ServiceCode), func(k quotaKind) bool { return in.QuotaCode != "" && k.code != in.QuotaCode })
	if in.MaxResults == 0 {
		in.MaxResults = 100
	}
	cut, next, ok := page(found, in.NextToken, in.MaxResults)
	if !ok {
		return nil, fail(http.StatusBadRequest, "InvalidPaginationTokenException", "Invalid input was provided for NextToken.")
	}
	out := map[string]any{"Quotas": append([]map[string]any{}, each(cut, func(k quotaKind) map[string]any { return k.wire(q, value(k)) })...)}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}

func (r *quotaRequest) wire(q *request) any {
	k, _ := quotaRef{ServiceCode: r.Service, QuotaCode: r.Code}.find(q)
	out := k.wire(q, r.Desired)
	delete(out, "Value")
	delete(out, "Adjustable")
	delete(out, "QuotaAppliedAtLevel")
	out["Id"], out["DesiredValue"], out["Status"] = r.ID, float64(r.Desired), r.Status
	out["Created"], out["LastUpdated"], out["QuotaRequestedAtLevel"] = epoch(r.Created), epoch(r.Updated), "ACCOUNT"
	return out
}

func requestQuota(q *request) (any, error) {
	var in struct {
		quotaRef
		DesiredValue       float64
		SupportCaseAllowed bool
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	k, err := in.find(q)
	if err != nil {
		return nil, err
	}
	switch {
	case !k.adjustable:
		return nil, fail(http.StatusBadRequest, "IllegalArgumentException", "The quota %s is not adjustable.", k.code)
	case in.DesiredValue <= float64(quota(q.tx, q.region, k)) || in.DesiredValue != math.Trunc(in.DesiredValue) || in.DesiredValue > math.MaxInt32:
		return nil, fail(http.StatusBadRequest, "IllegalArgumentException", "You must provide a quota value greater than the current quota value, and a whole number.")
	}
	if _, open := quotaRequests.First(q.tx, q.region, func(r *quotaRequest) bool {
		return r.Service == k.service && r.Code == k.code && r.Status == "PENDING"
	}); open {
		return nil, fail(http.StatusBadRequest, "ResourceAlreadyExistsException", "Only one open service quota increase request is allowed per quota.")
	}
	r := &quotaRequest{Service: k.service, Code: k.code, Desired: int(in.DesiredValue), Status: "PENDING", Created: q.tx.Now(), Updated: q.tx.Now(), Progress: q.tx.Steps("servicequotas/request", 2)}
	r.ID, r.Region, r.Hidden = q.tx.Hex(32)+q.tx.Hex(8), q.region, true
	quotaRequests.Put(q.tx, r)
	return map[string]any{"RequestedQuota": r.wire(q)}, nil
}

func getRequestedQuota(q *request) (any, error) {
	var in struct{ RequestId string }
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, ok := quotaRequests.Get(q.tx, q.region, in.RequestId)
	if !ok {
		return nil, fail(http.StatusBadRequest, "NoSuchResourceException", "The request %s does not exist.", in.RequestId)
	}
	if r.Status == "PENDING" {
		if done, _ := r.Progress.Poll(); done {
			r.Status, r.Updated = "APPROVED", q.tx.Now()
			q.tx.Set("quota/aws/"+q.region+"/"+r.Service+"/"+r.Code, strconv.Itoa(r.Desired))
		}
		quotaRequests.Put(q.tx, r)
	}
	q.object(r.ID)
	return map[string]any{"RequestedQuota": r.wire(q)}, nil
}

func listRequestedQuotas(q *request) (any, error) {
	var in struct {
		quotaRef
		Status, NextToken, QuotaRequestedAtLevel string
		MaxResults                               int
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if _, err := in.find(q); err != nil {
		return nil, err
	}
	out := []any{}
	for _, r := range quotaRequests.List(q.tx, q.region) {
		if r.Service == in.ServiceCode && r.Code == in.QuotaCode && (in.Status == "" || in.Status == r.Status) {
			out = append(out, r.wire(q))
		}
	}
	return map[string]any{"RequestedQuotas": out}, nil
}
