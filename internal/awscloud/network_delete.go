package awscloud

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	ekstypes "github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// Delete implements [cloud.Part].
func (n network) Delete(ctx context.Context, ref cloud.Ref, design blueprint.NetworkDesign, options cloud.DeleteOptions) error {
	if ref.Token == "" {
		return &cloud.Error{Kind: cloud.ErrInvalid, Operation: "delete", Object: ofCluster("network", ref),
			Reason: "no token is given, so nothing can be told to be this resource's own", Todo: "Apply once, so that the network is marked; then destroy."}
	}
	api, err := n.cloud.at(ctx, ref)
	if err != nil {
		return err
	}
	view, err := api.viewNetwork(ctx, ref, design)
	if err != nil {
		return err
	}
	run := &networkRun{api: api, ref: ref, design: design, known: design, view: view}
	return run.deleteAll(ctx, options)
}

// deleteAll removes what carries the token, what is used before what uses it.
func (r *networkRun) deleteAll(ctx context.Context, options cloud.DeleteOptions) error {
	doomed := r.own()
	names := map[string]string{flowLogGroup: r.view.remembered(tagLogGroup), flowLogRole: r.view.remembered(tagLogRole)}
	return inOrder(
		func(ctx context.Context) error { return r.refuseOccupied(ctx, doomed) },
		func(ctx context.Context) error { return r.removeObjects(ctx, doomed) },
		func(ctx context.Context) error {
			return r.deleteLogGroup(ctx, r.ref, flowLogGroup, names[flowLogGroup], options.KeepLogs)
		},
		func(ctx context.Context) error { return r.deleteRole(ctx, r.ref, flowLogRole, names[flowLogRole]) },
		r.deleteVPC,
	)(ctx)
}

// refuseOccupied refuses to take down a network under a cluster, before its
// gateways and endpoints are gone. Other parts know nothing of it: a network
// may be replaced while the cluster in it is not.
func (r *networkRun) refuseOccupied(ctx context.Context, doomed []spare) error {
	if len(doomed) == 0 || r.view.vpc == nil {
		return nil
	}
	got, err := r.eks.DescribeCluster(ctx, &eks.DescribeClusterInput{Name: aws.String(r.ref.Cluster)})
	if isNotFound(err) {
		return nil
	}
	if err != nil {
		return wrap(err, r.object("network"))
	}
	config := got.Cluster.ResourcesVpcConfig
	if config == nil || aws.ToString(config.VpcId) != r.view.vpcID() || got.Cluster.Status == ekstypes.ClusterStatusDeleting {
		return nil
	}
	return &cloud.Error{
		Kind: cloud.ErrConflict, Operation: "delete", Object: r.object("network"),
		Reason: "the cluster " + r.ref.Cluster + " stands in " + r.view.vpcID() + "; nothing was deleted",
		Todo:   "Destroy the cluster first. To replace the network, acknowledge the replacement of both: the network's and the cluster's token.",
	}
}

// own lists what carries the run's token.
func (r *networkRun) own() []spare {
	var own []spare
	for _, object := range r.view.objects() {
		if object.tags[cloud.TagToken] == r.ref.Token {
			own = append(own, spare{object.component, object.id})
		}
	}
	return slices.Concat(own, r.view.spares, r.view.spareGroups())
}

// removeRest removes what the design no longer holds, after everything that
// it holds stands.
func (r *networkRun) removeRest(ctx context.Context) error {
	wanted := r.design.Components()
	rest := slices.Concat(r.view.spares, r.view.spareGroups())
	var ranges []spare
	for _, object := range r.view.objects() {
		switch {
		case slices.Contains(wanted, object.component), object.component == flowLogGroup, object.component == flowLogRole:
		case strings.HasPrefix(object.component, "pod-range/"):
			ranges = append(ranges, spare{object.component, object.id})
		default:
			rest = append(rest, spare{object.component, object.id})
		}
	}
	if err := r.removeObjects(ctx, rest); err != nil {
		return err
	}
	for _, gone := range ranges {
		if err := r.removePodRange(ctx, gone); err != nil {
			return err
		}
	}
	return nil
}

// removeObjects removes objects in the order in which they let go of each
// other, a few of a kind at a time.
func (r *networkRun) removeObjects(ctx context.Context, doomed []spare) error {
	kinds := map[string]map[string]string{} // component and id, by kind; several ids of one component get apart by their id
	for _, object := range doomed {
		kind, _, _ := strings.Cut(object.component, "/")
		if kinds[kind] == nil {
			kinds[kind] = map[string]string{}
		}
		kinds[kind][object.id] = object.component
	}
	remove := func(kind string, one func(ctx context.Context, key, id string) error) step {
		return func(ctx context.Context) error {
			return each(ctx, kinds[kind], func(ctx context.Context, id, component string) error {
				return one(ctx, strings.TrimPrefix(component, kind+"/"), id)
			})
		}
	}
	return inOrder(
		func(ctx context.Context) error {
			endpoints := map[string]string{}
			for id, component := range kinds["endpoint"] {
				endpoints[component] = id
			}
			return r.removeEndpoints(ctx, endpoints)
		},
		remove("connection", r.removeConnection),
		remove("flow-log", func(ctx context.Context, _, id string) error { return r.removeFlowLog(ctx, id) }),
		remove("nat", r.removeNATGateway),
		remove("address", r.removeAddress),
		remove("internet-gateway", func(ctx context.Context, _, id string) error {
			attachments, err := r.attachments(ctx, id)
			if err != nil {
				return err
			}
			return r.removeInternetGateway(ctx, id, attachments)
		}),
		remove("route-table", func(ctx context.Context, key, id string) error {
			return r.removeTable(ctx, "route-table/"+key, id, r.associationsOf(id))
		}),
		remove("prefix-reservation", r.removeReservation),
		remove("subnet", r.removeSubnet),
		remove("security-group", func(ctx context.Context, _, id string) error { return r.removeGroup(ctx, id) }),
	)(ctx)
}

// attachments reads which VPC a gateway is attached to, now.
func (r *networkRun) attachments(ctx context.Context, id string) ([]types.InternetGatewayAttachment, error) {
	got, err := r.ec2.DescribeInternetGateways(ctx, &ec2.DescribeInternetGatewaysInput{InternetGatewayIds: []string{id}})
	if unlessNotFound(err) != nil {
		return nil, wrap(err, r.object("internet-gateway"))
	}
	if got == nil || len(got.InternetGateways) == 0 {
		return nil, nil
	}
	return got.InternetGateways[0].Attachments, nil
}

// associationsOf are the associations of a table as they were seen; one that
// went since is no error.
func (r *networkRun) associationsOf(table string) []types.RouteTableAssociation {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, have := range r.view.tables {
		if aws.ToString(have.RouteTableId) == table {
			return have.Associations
		}
	}
	return nil
}

func (r *networkRun) removePodRange(ctx context.Context, gone spare) error {
	err := r.removeInUse(ctx, r.object(gone.component), filter("vpc-id", r.view.vpcID()), func(ctx context.Context) error {
		_, err := r.ec2.DisassociateVpcCidrBlock(ctx, &ec2.DisassociateVpcCidrBlockInput{AssociationId: aws.String(gone.id)})
		return err
	})
	if err != nil {
		return err
	}
	r.gone(gone.component)
	return nil
}

// deleteVPC removes the VPC where it carries the token. Its pod ranges go
// with it.
func (r *networkRun) deleteVPC(ctx context.Context) error {
	if r.view.vpc == nil || r.view.theirs() || r.view.ownership()[cloud.TagToken] != r.ref.Token {
		return nil
	}
	id := r.view.vpcID()
	return r.removeInUse(ctx, r.object("vpc"), filter("vpc-id", id), func(ctx context.Context) error {
		_, err := r.ec2.DeleteVpc(ctx, &ec2.DeleteVpcInput{VpcId: aws.String(id)})
		return err
	})
}

// lingering is how often a delete is tried while only interfaces that AWS
// itself is about to remove are in the way: a quarter of an hour with the
// default poll. EKS needs minutes after a cluster is gone.
const lingering = 40

// removeInUse deletes something that others may still use. While those are
// interfaces that will go by themselves it waits; anything else is named at
// once, because waiting for it helps nobody.
func (r *networkRun) removeInUse(ctx context.Context, object string, where types.Filter, remove func(context.Context) error) error {
	inUse := func(err error) bool {
		return isCode(err, "DependencyViolation", "InvalidGroup.InUse", "ResourceInUse", "IncorrectState", "InvalidCidrBlock.InUse")
	}
	tries := 0
	var refused error
	err := r.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		_, err := commit(ctx, func(ctx context.Context) (struct{}, error) { return struct{}{}, remove(ctx) })
		if unlessNotFound(err) == nil {
			return true, "", nil
		}
		if !inUse(err) {
			return false, "", wrap(err, object)
		}
		refused = err
		tries++
		others, passing, err := r.inTheWay(ctx, where)
		if err != nil {
			return false, "", err
		}
		// A dependency that nobody can see is one that just went.
		if tries >= lingering || len(others) > 0 && !passing && tries > 2 || len(others) == 0 && tries >= freshLooks {
			return false, "", r.blocked(object, refused, others)
		}
		return false, "used by " + strings.Join(others, ", "), nil
	})
	var ours *cloud.Error
	if refused != nil && errors.As(err, &ours) && errors.Is(err, cloud.ErrTimeout) {
		ours.Todo = "Wait for it or remove what is in the way, then apply again. " + ours.Todo
	}
	return err
}

// inTheWay names the interfaces that stand in a subnet, VPC or group. passing
// tells whether all of them will go by themselves.
func (r *networkRun) inTheWay(ctx context.Context, where types.Filter) (others []string, passing bool, err error) {
	found, err := all(ctx, ec2.NewDescribeNetworkInterfacesPaginator(r.ec2, &ec2.DescribeNetworkInterfacesInput{Filters: []types.Filter{where}}),
		func(page *ec2.DescribeNetworkInterfacesOutput) []types.NetworkInterface {
			return page.NetworkInterfaces
		})
	if err != nil {
		return nil, false, wrap(err, r.object("network interfaces"))
	}
	passing = true
	for _, face := range found {
		others = append(others, fmt.Sprintf("network interface %s (%s)", aws.ToString(face.NetworkInterfaceId), aws.ToString(face.Description)))
		passing = passing && goesByItself(face)
	}
	slices.Sort(others)
	return others, passing, nil
}

// goesByItself tells whether AWS removes an interface on its own: those of a
// cluster, NAT gateway or endpoint that is being deleted.
func goesByItself(face types.NetworkInterface) bool {
	if aws.ToBool(face.RequesterManaged) {
		return !strings.HasPrefix(aws.ToString(face.Description), "ELB ")
	}
	return strings.HasPrefix(aws.ToString(face.Description), "Amazon EKS ")
}

// blocked is the error that names what is in the way.
func (r *networkRun) blocked(object string, refused error, others []string) error {
	err := &cloud.Error{Kind: cloud.ErrConflict, Object: object, Err: refused}
	service, operation := called(refused)
	err.Operation = strings.TrimSpace(strings.ToLower(service) + " " + operation)
	err.Reason = cause(refused)
	if len(others) > 0 {
		err.Reason += "; in the way: " + strings.Join(others, ", ")
	}
	err.Todo = "Remove what is in the way, or whatever uses it (a load balancer, an instance, a subnet, gateway or security group that kready did not make), then apply again."
	return err
}
