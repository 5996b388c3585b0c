package awscloud

import (
	"context"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// serviceName is how AWS calls a service that has endpoints.
func (a *api) serviceName(service string) string { return "com.amazonaws." + a.region + "." + service }

// endpointSubnets are where interface endpoints stand: their own tier, or the
// nodes' where a network has none.
func (v *networkView) endpointSubnets() []string {
	if ids := v.subnetIDs(blueprint.TierEndpoints); len(ids) > 0 {
		return ids
	}
	return v.subnetIDs(blueprint.TierNodes)
}

// tableIDs are all of kready's route tables: a gateway endpoint joins them,
// so that nodes and pods reach it alike.
func (v *networkView) tableIDs() []string {
	var ids []string
	for _, table := range v.tables {
		ids = append(ids, aws.ToString(table.RouteTableId))
	}
	ids = append(ids, v.givenTables()...)
	slices.Sort(ids)
	return ids
}

// endpointDesigns reads the endpoints back.
func (v *networkView) endpointDesigns() map[string]blueprint.EndpointDesign {
	if len(v.endpoints) == 0 {
		return nil
	}
	designs := map[string]blueprint.EndpointDesign{}
	for service, endpoint := range v.endpoints {
		kind := strings.ToLower(string(endpoint.VpcEndpointType))
		designs[service] = blueprint.EndpointDesign{
			Type:   kind,
			Policy: remark(v.api.policyWord(aws.ToString(endpoint.PolicyDocument), service), v.endpointRemarks(kind, endpoint)...),
		}
	}
	return designs
}

// endpointRemarks says what differs beyond the policy.
func (v *networkView) endpointRemarks(kind string, endpoint types.VpcEndpoint) []string {
	var remarks []string
	if kind == "gateway" {
		if !slices.Equal(sorted(endpoint.RouteTableIds), v.tableIDs()) {
			remarks = append(remarks, "route tables differ")
		}
		return remarks
	}
	if !aws.ToBool(endpoint.PrivateDnsEnabled) {
		remarks = append(remarks, "private DNS is off")
	}
	if !slices.Equal(sorted(endpoint.SubnetIds), v.endpointSubnets()) {
		remarks = append(remarks, "subnets differ")
	}
	if v.group == nil || !slices.Equal(groupIDs(endpoint), []string{aws.ToString(v.group.GroupId)}) {
		remarks = append(remarks, "security groups differ")
	}
	return remarks
}

func groupIDs(endpoint types.VpcEndpoint) []string {
	var ids []string
	for _, group := range endpoint.Groups {
		ids = append(ids, aws.ToString(group.GroupId))
	}
	slices.Sort(ids)
	return ids
}

// ensureEndpoints makes the endpoints, repairs them, and waits until they can
// be used.
func (r *networkRun) ensureEndpoints(ctx context.Context) error {
	for _, dead := range r.view.deadPoints {
		if err := r.buryEndpoint(ctx, dead); err != nil {
			return err
		}
	}
	return each(ctx, r.design.Endpoints, func(ctx context.Context, service string, want blueprint.EndpointDesign) error {
		component := "endpoint/" + service
		r.mu.Lock()
		have, exists := r.view.endpoints[service]
		r.mu.Unlock()
		if exists && !strings.EqualFold(string(have.VpcEndpointType), want.Type) {
			if err := r.removeEndpoints(ctx, map[string]string{component: aws.ToString(have.VpcEndpointId)}); err != nil {
				return err
			}
			exists = false
		}
		if !exists {
			made, err := r.createEndpoint(ctx, service, want)
			if err != nil {
				return wrap(err, r.object(component))
			}
			have = *made
			r.put(component, aws.ToString(have.VpcEndpointId), func(v *networkView) { v.endpoints[service] = have })
		} else if err := r.repairEndpoint(ctx, service, want, have); err != nil {
			return err
		}
		if strings.EqualFold(string(have.State), "available") {
			return nil
		}
		r.touched()
		return r.waitEndpoint(ctx, component, aws.ToString(have.VpcEndpointId))
	})
}

// createEndpoint makes an endpoint under the component's idempotency token.
// Where AWS answers with one that is gone, another token is used.
func (r *networkRun) createEndpoint(ctx context.Context, service string, want blueprint.EndpointDesign) (*types.VpcEndpoint, error) {
	component := "endpoint/" + service
	tags := r.tagsOf(component)
	input := &ec2.CreateVpcEndpointInput{
		VpcId: r.view.vpc.VpcId, ServiceName: aws.String(r.serviceName(service)),
		TagSpecifications: tagSpec(types.ResourceTypeVpcEndpoint, tags),
	}
	if policy := r.endpointPolicy(want.Policy, service); policy != "" {
		input.PolicyDocument = aws.String(policy)
	}
	r.mu.Lock()
	if want.Type == "gateway" {
		input.VpcEndpointType = types.VpcEndpointTypeGateway
		input.RouteTableIds = r.view.tableIDs()
	} else {
		input.VpcEndpointType = types.VpcEndpointTypeInterface
		input.PrivateDnsEnabled = aws.Bool(true)
		input.SubnetIds = r.view.endpointSubnets()
		if r.view.group != nil {
			input.SecurityGroupIds = []string{aws.ToString(r.view.group.GroupId)}
		}
	}
	r.mu.Unlock()
	salt := []string{r.view.vpcID(), want.Type, tagText(tags)}
	for {
		asked := slices.Concat(salt, input.RouteTableIds, input.SubnetIds, input.SecurityGroupIds)
		input.ClientToken = aws.String(idempotencyToken(r.ref, component, append(asked, aws.ToString(input.PolicyDocument))...))
		got, err := settle(ctx, r.poll, func(ctx context.Context) (*ec2.CreateVpcEndpointOutput, error) {
			return r.ec2.CreateVpcEndpoint(ctx, input)
		})
		if err != nil {
			return nil, err
		}
		id := aws.ToString(got.VpcEndpoint.VpcEndpointId)
		live, err := r.endpoint(ctx, id)
		if err != nil {
			r.made(component, id) // it exists, though nobody may look
			return nil, err
		}
		if live == nil || !isDead(*live) || len(salt) > 6 {
			return got.VpcEndpoint, nil
		}
		salt = append(salt, id)
	}
}

func isDead(endpoint types.VpcEndpoint) bool {
	switch strings.ToLower(string(endpoint.State)) {
	case "deleting", "deleted", "rejected", "failed", "expired":
		return true
	}
	return false
}

// endpoint reads one endpoint; nil where it can't be seen.
func (r *networkRun) endpoint(ctx context.Context, id string) (*types.VpcEndpoint, error) {
	got, err := r.ec2.DescribeVpcEndpoints(ctx, &ec2.DescribeVpcEndpointsInput{VpcEndpointIds: []string{id}})
	if isNotFound(err) || err == nil && len(got.VpcEndpoints) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return &got.VpcEndpoints[0], nil
}

func (r *networkRun) waitEndpoint(ctx context.Context, component, id string) error {
	object := r.object(component)
	return r.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		endpoint, err := r.endpoint(ctx, id)
		if err != nil {
			return false, "", wrap(err, object)
		}
		if endpoint == nil {
			return false, "not visible", nil
		}
		state := strings.ToLower(string(endpoint.State))
		if isDead(*endpoint) {
			reason := "the endpoint is " + state
			if endpoint.LastError != nil {
				reason += ": " + aws.ToString(endpoint.LastError.Code) + ": " + aws.ToString(endpoint.LastError.Message)
			}
			return false, "", &cloud.Error{Operation: "ec2 CreateVpcEndpoint", Object: object, Reason: reason,
				Todo: "Mend what the message names and apply again: kready removes the failed endpoint and makes another."}
		}
		return state == "available", state, nil
	})
}

// repairEndpoint changes what differs in one call.
func (r *networkRun) repairEndpoint(ctx context.Context, service string, want blueprint.EndpointDesign, have types.VpcEndpoint) error {
	input := &ec2.ModifyVpcEndpointInput{}
	changed := false
	if r.policyWord(aws.ToString(have.PolicyDocument), service) != want.Policy {
		changed = true
		if policy := r.endpointPolicy(want.Policy, service); policy != "" {
			input.PolicyDocument = aws.String(policy)
		} else {
			input.ResetPolicy = aws.Bool(true)
		}
	}
	r.mu.Lock()
	if want.Type == "gateway" {
		input.AddRouteTableIds = without(r.designTableIDs(), have.RouteTableIds)
		input.RemoveRouteTableIds = without(have.RouteTableIds, r.designTableIDs())
	} else {
		if !aws.ToBool(have.PrivateDnsEnabled) {
			input.PrivateDnsEnabled, changed = aws.Bool(true), true
		}
		subnets := r.designEndpointSubnets()
		input.AddSubnetIds = without(subnets, have.SubnetIds)
		input.RemoveSubnetIds = without(have.SubnetIds, subnets)
		groups := []string{}
		if r.view.group != nil {
			groups = append(groups, aws.ToString(r.view.group.GroupId))
		}
		input.AddSecurityGroupIds = without(groups, groupIDs(have))
		input.RemoveSecurityGroupIds = without(groupIDs(have), groups)
	}
	r.mu.Unlock()
	for _, list := range [][]string{input.AddRouteTableIds, input.RemoveRouteTableIds, input.AddSubnetIds, input.RemoveSubnetIds, input.AddSecurityGroupIds, input.RemoveSecurityGroupIds} {
		changed = changed || len(list) > 0
	}
	if !changed {
		return nil
	}
	return r.modifyEndpoint(ctx, service, input)
}

// designTableIDs are the tables that the design keeps.
func (r *networkRun) designTableIDs() []string {
	var ids []string
	for key := range tableKeys(r.design) {
		ids = append(ids, aws.ToString(r.view.tables[key].RouteTableId))
	}
	return append(ids, r.view.givenTables()...)
}

// designEndpointSubnets are the endpoint subnets that the design keeps.
func (r *networkRun) designEndpointSubnets() []string {
	for _, tier := range []string{blueprint.TierEndpoints, blueprint.TierNodes} {
		var ids []string
		for key, subnet := range r.design.Subnets {
			if subnet.Tier == tier {
				ids = append(ids, aws.ToString(r.view.subnets[key].SubnetId))
			}
		}
		if len(ids) > 0 {
			return ids
		}
	}
	return nil
}

// modifyEndpoint changes an endpoint and waits until it is usable again.
func (r *networkRun) modifyEndpoint(ctx context.Context, service string, input *ec2.ModifyVpcEndpointInput) error {
	component := "endpoint/" + service
	r.mu.Lock()
	id := aws.ToString(r.view.endpoints[service].VpcEndpointId)
	r.mu.Unlock()
	input.VpcEndpointId = aws.String(id)
	r.touched()
	_, err := settle(ctx, r.poll, func(ctx context.Context) (*ec2.ModifyVpcEndpointOutput, error) {
		return r.ec2.ModifyVpcEndpoint(ctx, input)
	})
	if err != nil {
		return wrap(err, r.object(component))
	}
	return r.waitEndpoint(ctx, component, id)
}

// buryEndpoint waits for an endpoint that is going, and deletes one that
// failed: the private name of a service can be taken only once.
func (r *networkRun) buryEndpoint(ctx context.Context, dead types.VpcEndpoint) error {
	component, id := componentOf(r.ref, fromEC2(dead.Tags)), aws.ToString(dead.VpcEndpointId)
	if !strings.EqualFold(string(dead.State), "deleting") {
		return r.removeEndpoints(ctx, map[string]string{component: id})
	}
	return r.waitEndpointGone(ctx, component, id, nil)
}

// removeEndpoints deletes endpoints in one call and waits for them all.
func (r *networkRun) removeEndpoints(ctx context.Context, doomed map[string]string) error {
	if len(doomed) == 0 {
		return nil
	}
	var ids []string
	for _, component := range sortedKeys(doomed) {
		ids = append(ids, doomed[component])
	}
	got, err := commit(ctx, func(ctx context.Context) (*ec2.DeleteVpcEndpointsOutput, error) {
		return r.ec2.DeleteVpcEndpoints(ctx, &ec2.DeleteVpcEndpointsInput{VpcEndpointIds: ids})
	})
	if unlessNotFound(err) != nil {
		return wrap(err, r.object(strings.Join(sortedKeys(doomed), ", ")))
	}
	if got != nil {
		if err := unsuccessful(got.Unsuccessful, "ec2 DeleteVpcEndpoints", r.object("endpoints")); err != nil {
			return err
		}
	}
	return each(ctx, doomed, func(ctx context.Context, component, id string) error {
		if err := r.waitEndpointGone(ctx, component, id, err); err != nil {
			return err
		}
		r.drop(component, func(v *networkView) {
			service := strings.TrimPrefix(component, "endpoint/")
			if have, ok := v.endpoints[service]; ok && aws.ToString(have.VpcEndpointId) == id {
				delete(v.endpoints, service)
			}
		})
		return nil
	})
}

// waitEndpointGone waits until an endpoint is no longer described. missed is
// what the delete said, where that was "not found": of something else than the
// endpoint, where that goes on standing.
func (r *networkRun) waitEndpointGone(ctx context.Context, component, id string, missed error) error {
	object := r.object(component)
	looks := 0
	return r.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		endpoint, err := r.endpoint(ctx, id)
		if err != nil {
			return false, "", wrap(err, object)
		}
		if endpoint == nil || strings.EqualFold(string(endpoint.State), "deleted") {
			return true, "", nil
		}
		looks++
		if missed != nil && looks >= freshLooks && strings.EqualFold(string(endpoint.State), "available") {
			return false, "", wrap(missed, object)
		}
		return false, strings.ToLower(string(endpoint.State)), nil
	})
}

// unsuccessful turns the refusals of a batch call into an error. What is gone
// already is no refusal.
func unsuccessful(items []types.UnsuccessfulItem, operation, object string) error {
	for _, item := range items {
		if item.Error == nil || kindOf(aws.ToString(item.Error.Code)) == cloud.ErrNotFound {
			continue
		}
		kind := kindOf(aws.ToString(item.Error.Code))
		service, name, _ := strings.Cut(operation, " ")
		return &cloud.Error{
			Kind: kind, Operation: operation, Object: object,
			Reason: aws.ToString(item.Error.Code) + ": " + aws.ToString(item.Error.Message) + " (" + aws.ToString(item.ResourceId) + ")",
			Todo:   todoFor(kind, service, name, aws.ToString(item.Error.Code)),
		}
	}
	return nil
}
