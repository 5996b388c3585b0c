package catalog

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Lengths of Kubernetes label and taint parts, in characters.
const (
	LabelPrefixMax = 253 // the DNS subdomain before the slash
	LabelNameMax   = 63  // the part of a key after the slash, or the whole key
	LabelValueMax  = 63

	// EKSLabelMax bounds a whole key, prefix included, of a label or taint of an
	// EKS managed node group; its label values may not be empty.
	EKSLabelMax = 63
)

// Taint effects, as Kubernetes spells them.
const (
	TaintNoSchedule       = "NoSchedule"
	TaintPreferNoSchedule = "PreferNoSchedule"
	TaintNoExecute        = "NoExecute"
)

var (
	labelName    = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?$`)
	dnsSubdomain = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$`)
)

// ValidateLabelKey refuses what Kubernetes refuses as key of a label or taint:
// a name of at most 63 letters, digits and -_. that starts and ends with a
// letter or digit, after an optional lower-case DNS subdomain and a slash.
func ValidateLabelKey(key string) error {
	name := key
	var wrong []error
	if prefix, rest, found := strings.Cut(key, "/"); found {
		name = rest
		switch {
		case prefix == "":
			wrong = append(wrong, errors.New("the part before the slash is empty"))
		case len(prefix) > LabelPrefixMax:
			wrong = append(wrong, fmt.Errorf("the part before the slash has %d characters, at most %d are allowed", len(prefix), LabelPrefixMax))
		case !dnsSubdomain.MatchString(prefix):
			wrong = append(wrong, errors.New("the part before the slash is no lower-case DNS name"))
		}
	}
	if err := labelPart(name, LabelNameMax); err != nil {
		wrong = append(wrong, err)
	}
	if wrong != nil {
		return fmt.Errorf("%q is no Kubernetes label or taint key: %s", key, joined(wrong))
	}
	return nil
}

// ValidateLabelValue refuses what Kubernetes refuses as value of a label or
// taint: empty, or at most 63 letters, digits and -_. that start and end with a
// letter or digit.
func ValidateLabelValue(value string) error {
	if value == "" {
		return nil
	}
	if err := labelPart(value, LabelValueMax); err != nil {
		return fmt.Errorf("%q is no Kubernetes label or taint value: %w", value, err)
	}
	return nil
}

// ValidateNodeLabel refuses a label that a node pool of a cloud could not be
// given: wrong syntax, one that the node or the cloud sets itself, or, on EKS,
// a key that is too long or an empty value.
func ValidateNodeLabel(cloud, key, value string) error {
	wrong := []error{ValidateLabelKey(key), ValidateLabelValue(value)}
	if reason, reserved := ReservedNodeLabel(cloud, key); reserved {
		wrong = append(wrong, fmt.Errorf("label %q %s", key, reason))
	}
	if cloud == AWS && len(key) > EKSLabelMax {
		wrong = append(wrong, fmt.Errorf("label key %q has %d characters, an EKS node group takes %d", key, len(key), EKSLabelMax))
	}
	if cloud == AWS && value == "" {
		wrong = append(wrong, fmt.Errorf("label %q has no value, an EKS node group needs one", key))
	}
	return errors.Join(wrong...)
}

// ValidateNodeTaint refuses a taint that a node pool of a cloud could not be
// given. Effects are spelled as in Kubernetes.
func ValidateNodeTaint(cloud, key, value, effect string) error {
	wrong := []error{ValidateLabelKey(key), ValidateLabelValue(value)}
	if cloud == AWS && len(key) > EKSLabelMax {
		wrong = append(wrong, fmt.Errorf("taint key %q has %d characters, an EKS node group takes %d", key, len(key), EKSLabelMax))
	}
	if effects := []string{TaintNoSchedule, TaintPreferNoSchedule, TaintNoExecute}; !slices.Contains(effects, effect) {
		wrong = append(wrong, fmt.Errorf("taint %q has the effect %q: write one of %s", key, effect, strings.Join(effects, ", ")))
	}
	return errors.Join(wrong...)
}

// ReservedNodeLabel tells whether a label can't be asked for on a node pool, and
// why: "is set by …", "is refused by …". The kubelet doesn't start with labels
// of the kubernetes.io and k8s.io domains that it doesn't know; those that it
// knows it sets itself.
func ReservedNodeLabel(cloud, key string) (reason string, reserved bool) {
	domain, _, found := strings.Cut(key, "/")
	if !found {
		return "", false
	}
	switch {
	case cloud == Azure && within(domain, "kubernetes.azure.com"):
		return "is set by AKS: choose a prefix of your own", true
	case cloud == AWS && within(domain, "eks.amazonaws.com"):
		return "is set by EKS: choose a prefix of your own", true
	case slices.Contains(kubeletLabels, key):
		return "is set by the node itself: choose another key", true
	case within(domain, "kubelet.kubernetes.io"), within(domain, "node.kubernetes.io"):
		return "", false
	case within(domain, "kubernetes.io"), within(domain, "k8s.io"):
		return "is refused by the kubelet, which keeps kubernetes.io and k8s.io to Kubernetes: choose a prefix of your own, or node.kubernetes.io", true
	}
	return "", false
}

var kubeletLabels = []string{
	"beta.kubernetes.io/arch",
	"beta.kubernetes.io/instance-type",
	"beta.kubernetes.io/os",
	"failure-domain.beta.kubernetes.io/region",
	"failure-domain.beta.kubernetes.io/zone",
	"kubernetes.io/arch",
	"kubernetes.io/hostname",
	"kubernetes.io/os",
	"node.kubernetes.io/instance-type",
	"topology.kubernetes.io/region",
	"topology.kubernetes.io/zone",
}

// within tells whether domain is parent or below it.
func within(domain, parent string) bool {
	return domain == parent || strings.HasSuffix(domain, "."+parent)
}

func labelPart(text string, most int) error {
	switch {
	case text == "":
		return errors.New("it is empty")
	case len(text) > most:
		return fmt.Errorf("%d characters, at most %d are allowed", len(text), most)
	case !labelName.MatchString(text):
		return errors.New("allowed are letters, digits and -_., starting and ending with a letter or digit")
	}
	return nil
}

func joined(problems []error) string {
	texts := make([]string, len(problems))
	for i, problem := range problems {
		texts[i] = problem.Error()
	}
	return strings.Join(texts, "; ")
}
