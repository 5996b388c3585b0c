package awscloud

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// eksTurns is how often a change is tried while EKS is busy with another one
// of the same cluster, group or add-on: it takes one at a time. With the
// default poll that is the better part of an hour.
const eksTurns = 120

// eksTarget is what an update belongs to.
type eksTarget struct {
	cluster, group, addon string
}

// eksID names what has a name of its own in a cluster: "shop/vpc-cni". EKS's
// ARNs for these end in digits that change when the same thing is made again.
func eksID(ref cloud.Ref, name string) string { return ref.Cluster + "/" + name }

// holding is ref with the token that an object carries: for removing, after
// ownership was judged, what an earlier run of this configuration made.
func holding(ref cloud.Ref, tags map[string]string) cloud.Ref {
	ref.Token = tags[cloud.TagToken]
	return ref
}

// busyEKS tells whether EKS refuses a change because another is under way.
func busyEKS(err error) bool {
	if isCode(err, "ResourceInUseException") {
		return true
	}
	return isCode(err, "InvalidRequestException", "InvalidParameterException") && hasAny(err, "in progress", "currently updating", "currently creating", "not in active", "is not in an active state")
}

// goingEKS tells whether EKS refuses a delete because it is under way.
func goingEKS(err error) bool {
	return isCode(err, "InvalidRequestException", "ResourceInUseException", "InvalidParameterException") && hasAny(err, "already being deleted", "is being deleted", "deletion in progress", "delete in progress", "currently deleting")
}

// unchangedEKS tells whether EKS refuses a change because it is what it is: an
// attempt whose answer was lost did that.
func unchangedEKS(err error) bool {
	return isCode(err, "InvalidParameterException", "InvalidRequestException") && hasAny(err, "no changes needed", "no change needed", "already at the desired", "already associated", "already enabled")
}

func hasAny(err error, words ...string) bool {
	text := strings.ToLower(err.Error())
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

// updateEKS starts a change, waits for its turn before and for its end
// after. start may return no update where EKS made the change at once.
func (a *api) updateEKS(ctx context.Context, object string, target eksTarget, start func(context.Context) (*types.Update, error)) error {
	update, err := persist(ctx, a.poll, eksTurns, busyEKS, func(ctx context.Context) (*types.Update, error) {
		return settle(ctx, a.poll, func(ctx context.Context) (*types.Update, error) {
			return persist(ctx, brief(a.poll), freshLooks, notAssumableYet, start)
		})
	})
	if unchangedEKS(err) {
		return nil
	}
	if err != nil {
		return wrap(err, object)
	}
	if update == nil || aws.ToString(update.Id) == "" {
		return nil
	}
	return a.waitUpdate(ctx, object, target, aws.ToString(update.Id))
}

// waitUpdate waits until an update has ended, well or badly.
func (a *api) waitUpdate(ctx context.Context, object string, target eksTarget, id string) error {
	input := &eks.DescribeUpdateInput{Name: aws.String(target.cluster), UpdateId: aws.String(id)}
	if target.group != "" {
		input.NodegroupName = aws.String(target.group)
	}
	if target.addon != "" {
		input.AddonName = aws.String(target.addon)
	}
	unseen := 0
	return a.poll.Until(ctx, object, func(ctx context.Context) (bool, string, error) {
		got, err := a.eks.DescribeUpdate(ctx, input)
		if isNotFound(err) && unseen < freshLooks {
			unseen++
			return false, "not visible", nil
		}
		if err != nil {
			return false, "", wrap(err, object)
		}
		switch got.Update.Status {
		case types.UpdateStatusSuccessful:
			return true, "", nil
		case types.UpdateStatusFailed, types.UpdateStatusCancelled:
			return false, "", failedUpdate(object, *got.Update)
		}
		return false, fmt.Sprintf("%s %s", got.Update.Type, got.Update.Status), nil
	})
}

// failedUpdate is EKS's own account of why an update failed.
func failedUpdate(object string, update types.Update) error {
	var reasons []string
	for _, detail := range update.Errors {
		reason := string(detail.ErrorCode) + ": " + aws.ToString(detail.ErrorMessage)
		if len(detail.ResourceIds) > 0 {
			reason += " (" + strings.Join(detail.ResourceIds, ", ") + ")"
		}
		reasons = append(reasons, reason)
	}
	if len(reasons) == 0 {
		reasons = append(reasons, "EKS gives no reason")
	}
	return &cloud.Error{
		Kind: cloud.ErrConflict, Operation: "eks " + string(update.Type), Object: object,
		Reason: "the update is " + string(update.Status) + ": " + strings.Join(reasons, "; "),
		Todo:   "Mend what it names, then apply again: kready goes on from here.",
	}
}

// issue is one line of a health report of EKS.
func issue(code, message string, resources []string) string {
	text := code + ": " + message
	if len(resources) > 0 {
		text += " (" + strings.Join(resources, ", ") + ")"
	}
	return text
}
