package awsapi

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// eksVersion is one Kubernetes minor of EKS.
type eksVersion struct {
	minor                     int // of 1.minor
	patch                     int // newest patch
	platform                  int // newest platform version, eks.N
	released, standard, until string
}

// eksVersions are the minors of EKS with their support windows. Source: EKS
// user guide, "Kubernetes release calendar"; 1.36 and the patch levels as they
// were in late 2026.
var eksVersions = []eksVersion{
	{29, 15, 40, "2024-01-23", "2025-03-23", "2026-03-23"},
	{30, 14, 38, "2024-05-23", "2025-07-23", "2026-07-23"},
	{31, 14, 34, "2024-09-26", "2025-11-26", "2026-11-26"},
	{32, 11, 28, "2025-01-23", "2026-03-23", "2027-03-23"},
	{33, 9, 24, "2025-05-29", "2026-07-29", "2027-07-29"},
	{34, 6, 18, "2025-10-02", "2026-12-02", "2027-12-02"},
	{35, 4, 12, "2026-01-27", "2027-03-27", "2028-03-27"},
	{36, 1, 5, "2026-06-02", "2027-08-02", "2028-08-02"},
}

// defaultMinor is what CreateCluster takes when no version is given.
const defaultMinor = 35

func (v eksVersion) String() string { return fmt.Sprintf("1.%d", v.minor) }

func (v eksVersion) platformVersion() string { return fmt.Sprintf("eks.%d", v.platform) }

func day(text string) time.Time {
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		panic("awsapi: " + err.Error()) // a table of this package
	}
	return t
}

// status is where a version stands on a day. Support lasts through the day of
// its end. What is not released yet is not known.
func (v eksVersion) status(now time.Time) string {
	switch {
	case now.Before(day(v.released)):
		return ""
	case now.Before(day(v.standard).AddDate(0, 0, 1)):
		return "STANDARD_SUPPORT"
	case now.Before(day(v.until).AddDate(0, 0, 1)):
		return "EXTENDED_SUPPORT"
	}
	return "UNSUPPORTED"
}

// supportedVersion finds a version that a cluster can have today.
func supportedVersion(q *request, text string) (eksVersion, error) {
	for _, v := range eksVersions {
		if status := v.status(q.tx.Now()); v.String() == text && status != "" && status != "UNSUPPORTED" {
			return v, nil
		}
	}
	return eksVersion{}, invalidParameter("unsupported Kubernetes version %s", text)
}

// minorOf is the 34 of "1.34"; versions in the store are always of that form.
func minorOf(version string) int {
	_, minor, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(minor)
	if err != nil {
		return 0
	}
	return n
}

func describeClusterVersions(q *request) (any, error) {
	type information struct {
		ClusterVersion           string `json:"clusterVersion"`
		ClusterType              string `json:"clusterType"`
		DefaultPlatformVersion   string `json:"defaultPlatformVersion"`
		DefaultVersion           bool   `json:"defaultVersion"`
		ReleaseDate              epoch  `json:"releaseDate"`
		EndOfStandardSupportDate epoch  `json:"endOfStandardSupportDate"`
		EndOfExtendedSupportDate epoch  `json:"endOfExtendedSupportDate"`
		Status                   string `json:"status"`
		VersionStatus            string `json:"versionStatus"`
		KubernetesPatchVersion   string `json:"kubernetesPatchVersion"`
	}
	if kind := q.query.Get("clusterType"); kind != "" && kind != "eks" {
		return nil, invalidParameter("This sandbox knows clusters of type eks only, not %s", kind)
	}
	asked := q.query["clusterVersions"]
	wanted := strings.ToUpper(strings.ReplaceAll(q.query.Get("versionStatus")+q.query.Get("status"), "-", "_"))
	found := []information{}
	for _, v := range slices.Backward(eksVersions) {
		status := v.status(q.tx.Now())
		isDefault := v.minor == defaultMinor
		switch {
		case status == "",
			len(asked) > 0 && !slices.Contains(asked, v.String()),
			wanted != "" && status != wanted,
			q.query.Get("defaultOnly") == "true" && !isDefault,
			status == "UNSUPPORTED" && wanted == "" && len(asked) == 0 && q.query.Get("includeAll") != "true":
			continue
		}
		found = append(found, information{
			ClusterVersion: v.String(), ClusterType: "eks", DefaultPlatformVersion: v.platformVersion(), DefaultVersion: isDefault,
			ReleaseDate: epoch(day(v.released)), EndOfStandardSupportDate: epoch(day(v.standard)), EndOfExtendedSupportDate: epoch(day(v.until)),
			Status: strings.ToLower(strings.ReplaceAll(status, "_", "-")), VersionStatus: status,
			KubernetesPatchVersion: fmt.Sprintf("1.%d.%d", v.minor, v.patch),
		})
	}
	for _, version := range asked {
		if !slices.ContainsFunc(found, func(i information) bool { return i.ClusterVersion == version }) && wanted == "" {
			return nil, invalidParameter("unsupported Kubernetes version %s", version)
		}
	}
	return eksList(q, "clusterVersions", found, nil)
}
