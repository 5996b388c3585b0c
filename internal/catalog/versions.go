package catalog

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Minor is a Kubernetes minor version. It is comparable; the zero value is no
// version.
type Minor struct{ Major, Minor int }

// ParseMinor reads "1.34" or, ignoring the patch, "1.34.2".
func ParseMinor(text string) (Minor, error) {
	parts := strings.Split(text, ".")
	if len(parts) != 2 && len(parts) != 3 {
		return Minor{}, malformedVersion(text)
	}
	numbers := make([]int, len(parts))
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil || strconv.FormatUint(n, 10) != part {
			return Minor{}, malformedVersion(text)
		}
		numbers[i] = int(n)
	}
	return Minor{numbers[0], numbers[1]}, nil
}

func malformedVersion(text string) error {
	return fmt.Errorf("%q is not a Kubernetes version: write major.minor, such as \"1.34\"", text)
}

// String writes the version as both clouds spell it, such as "1.34".
func (m Minor) String() string { return strconv.Itoa(m.Major) + "." + strconv.Itoa(m.Minor) }

// Compare orders versions by number: 1.9 is older than 1.10. The result is
// negative where m is older.
func (m Minor) Compare(other Minor) int {
	return cmp.Or(cmp.Compare(m.Major, other.Major), cmp.Compare(m.Minor, other.Minor))
}

// Next is the following minor version.
func (m Minor) Next() Minor { return Minor{m.Major, m.Minor + 1} }

// Support is how far a cloud supports a version on a given day.
type Support string

// Kinds of support.
const (
	SupportUnknown  Support = "unknown"  // not in the table: newer than it, or long gone
	SupportUpcoming Support = "upcoming" // announced, not released on that day
	SupportStandard Support = "standard" // part of the ordinary price
	SupportExtended Support = "extended" // EKS extended support (billed), AKS LTS (Premium tier)
	SupportEnded    Support = "ended"    // EKS upgrades such clusters by itself; AKS refuses to make them
)

// Version is one Kubernetes minor version on one cloud. Support lasts through
// the day of its end.
type Version struct {
	Minor       Minor
	Released    time.Time // general availability on that cloud
	StandardEnd time.Time // end of standard support
	ExtendedEnd time.Time // end of EKS extended support or AKS long-term support; zero: none
	// Announced says that the source named the release as planned: its dates
	// may have moved.
	Announced bool
}

// SupportOn tells how v is supported on a day.
func (v Version) SupportOn(on time.Time) Support {
	switch on = on.UTC().Truncate(24 * time.Hour); {
	case on.Before(v.Released):
		return SupportUpcoming
	case !on.After(v.StandardEnd):
		return SupportStandard
	case !on.After(v.ExtendedEnd):
		return SupportExtended
	}
	return SupportEnded
}

// Versions lists what is known of a cloud's Kubernetes versions, oldest first.
// It is empty for another cloud than AWS and Azure.
func Versions(cloud string) []Version { return slices.Clone(versionsOf(cloud)) }

// LookupVersion finds a version. It answers false for one that the table does
// not hold, see [OlderThanKnown] and [NewerThanKnown] for which side.
func LookupVersion(cloud string, minor Minor) (Version, bool) {
	versions := versionsOf(cloud)
	i, found := slices.BinarySearchFunc(versions, minor, func(v Version, m Minor) int { return v.Minor.Compare(m) })
	if !found {
		return Version{}, false
	}
	return versions[i], true
}

// NewerThanKnown tells whether the table ends before minor: the cloud may have
// released it since, so a caller warns.
func NewerThanKnown(cloud string, minor Minor) bool {
	versions := versionsOf(cloud)
	return len(versions) == 0 || versions[len(versions)-1].Minor.Compare(minor) < 0
}

// OlderThanKnown tells whether the table starts after minor: support for it
// ended before the oldest entry was written.
func OlderThanKnown(cloud string, minor Minor) bool {
	versions := versionsOf(cloud)
	return len(versions) > 0 && versions[0].Minor.Compare(minor) > 0
}

// SupportedOn tells how a cloud supports a version on a day; SupportUnknown for
// one that the table does not hold and that is newer, SupportEnded for one
// that is older.
func SupportedOn(cloud string, minor Minor, on time.Time) Support {
	if v, ok := LookupVersion(cloud, minor); ok {
		return v.SupportOn(on)
	}
	if OlderThanKnown(cloud, minor) {
		return SupportEnded
	}
	return SupportUnknown
}

// EndOfSupport is the last day of a version's support: standard, or extended
// (EKS extended support, AKS long-term support). It answers false for an
// unknown version and for one without extended support.
func EndOfSupport(cloud string, minor Minor, extended bool) (time.Time, bool) {
	v, ok := LookupVersion(cloud, minor)
	if !ok {
		return time.Time{}, false
	}
	if extended {
		return v.ExtendedEnd, !v.ExtendedEnd.IsZero()
	}
	return v.StandardEnd, true
}

// NewestStandard is the newest version in standard support on a day, false if
// the table is too old to hold one.
func NewestStandard(cloud string, on time.Time) (Minor, bool) {
	versions := versionsOf(cloud)
	for _, v := range slices.Backward(versions) {
		if !v.Announced && v.SupportOn(on) == SupportStandard {
			return v.Minor, true
		}
	}
	return Minor{}, false
}

// UpgradePath lists the versions that a control plane goes through from one
// version to another, the last being to: both clouds go up one minor at a
// time. It is empty where nothing is to do. Going down is an error, and so is
// another major version.
func UpgradePath(from, to Minor) ([]Minor, error) {
	switch {
	case from.Major != to.Major:
		return nil, fmt.Errorf("no upgrade path from Kubernetes %s to %s: the major version differs", from, to)
	case to.Compare(from) < 0:
		return nil, fmt.Errorf("no way back from Kubernetes %s to %s: a control plane is not downgraded; set the version to %s or newer", from, to, from)
	}
	var path []Minor
	for m := from; m != to; {
		m = m.Next()
		path = append(path, m)
	}
	return path, nil
}

// MaxKubeletSkew is how many minors a node may be behind a control plane of
// the given version: three from 1.28, two before.
func MaxKubeletSkew(controlPlane Minor) int {
	if controlPlane.Compare(Minor{1, 28}) >= 0 {
		return 3
	}
	return 2
}

// ValidateKubeletSkew refuses a node version that Kubernetes does not support
// under a control plane: newer than it, or more than [MaxKubeletSkew] behind.
func ValidateKubeletSkew(controlPlane, kubelet Minor) error {
	behind := controlPlane.Minor - kubelet.Minor
	switch {
	case controlPlane.Major != kubelet.Major:
		return fmt.Errorf("nodes of Kubernetes %s don't work with a control plane of %s: the major version differs", kubelet, controlPlane)
	case behind < 0:
		return fmt.Errorf("nodes of Kubernetes %s are ahead of the control plane's %s: raise the control plane first", kubelet, controlPlane)
	case behind > MaxKubeletSkew(controlPlane):
		return fmt.Errorf("nodes of Kubernetes %s are %d minors behind the control plane's %s, at most %d are supported: raise the nodes first",
			kubelet, behind, controlPlane, MaxKubeletSkew(controlPlane))
	}
	return nil
}
