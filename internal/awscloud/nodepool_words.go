package awscloud

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
)

// imageType is EKS's word for operating system and architecture; "" where it
// has none.
func imageType(os, architecture string) types.AMITypes {
	switch os + " " + architecture {
	case "al2023 amd64":
		return types.AMITypesAl2023X8664Standard
	case "al2023 arm64":
		return types.AMITypesAl2023Arm64Standard
	case "bottlerocket amd64":
		return types.AMITypesBottlerocketX8664
	case "bottlerocket arm64":
		return types.AMITypesBottlerocketArm64
	}
	return ""
}

// ofImageType is the reverse of imageType.
func ofImageType(image types.AMITypes) (os, architecture string) {
	for _, os := range []string{"al2023", "bottlerocket"} {
		for _, architecture := range []string{"amd64", "arm64"} {
			if imageType(os, architecture) == image {
				return os, architecture
			}
		}
	}
	return string(image), ""
}

var effects = map[string]types.TaintEffect{
	"NoSchedule": types.TaintEffectNoSchedule, "PreferNoSchedule": types.TaintEffectPreferNoSchedule, "NoExecute": types.TaintEffectNoExecute,
}

func toTaints(taints []blueprint.TaintSpec) []types.Taint {
	var list []types.Taint
	for _, taint := range taints {
		one := types.Taint{Key: aws.String(taint.Key), Effect: effects[taint.Effect]}
		if taint.Value != "" {
			one.Value = aws.String(taint.Value)
		}
		list = append(list, one)
	}
	return list
}

func fromTaints(list []types.Taint) []blueprint.TaintSpec {
	var taints []blueprint.TaintSpec
	for _, taint := range list {
		one := blueprint.TaintSpec{Key: aws.ToString(taint.Key), Value: aws.ToString(taint.Value), Effect: string(taint.Effect)}
		for word, effect := range effects {
			if effect == taint.Effect {
				one.Effect = word
			}
		}
		taints = append(taints, one)
	}
	slices.SortFunc(taints, func(a, b blueprint.TaintSpec) int {
		if byKey := strings.Compare(a.Key, b.Key); byKey != 0 {
			return byKey
		}
		return strings.Compare(a.Effect, b.Effect)
	})
	return taints
}

// updateConfig is how many nodes may be missing during an update.
func updateConfig(word string) *types.NodegroupUpdateConfig {
	percent, isPercent := strings.CutSuffix(word, "%")
	n, err := strconv.Atoi(percent)
	switch {
	case err != nil || n < 1:
		return &types.NodegroupUpdateConfig{MaxUnavailable: aws.Int32(1)}
	case isPercent:
		return &types.NodegroupUpdateConfig{MaxUnavailablePercentage: aws.Int32(int32(n))}
	}
	return &types.NodegroupUpdateConfig{MaxUnavailable: aws.Int32(int32(n))}
}

func maxUnavailable(config *types.NodegroupUpdateConfig) string {
	switch {
	case config == nil:
		return ""
	case config.MaxUnavailablePercentage != nil:
		return fmt.Sprintf("%d%%", *config.MaxUnavailablePercentage)
	case config.MaxUnavailable != nil:
		return strconv.Itoa(int(*config.MaxUnavailable))
	}
	return ""
}

func repairs(config *types.NodeRepairConfig) bool { return config != nil && aws.ToBool(config.Enabled) }

// capacity translates "on_demand" and "spot".
func capacity(word string) types.CapacityTypes { return types.CapacityTypes(strings.ToUpper(word)) }
