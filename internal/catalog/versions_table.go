package catalog

var (
	eksVersionsTable = Table{
		Name:   "eks-versions",
		Holds:  "Kubernetes versions on EKS with release and end of standard and extended support",
		Source: "docs.aws.amazon.com/eks/latest/userguide/kubernetes-versions.html as collected by endoflife.date (products/amazon-eks.md, a70eca3)",
		Date:   day(2026, 8, 22),
	}
	aksVersionsTable = Table{
		Name:   "aks-versions",
		Holds:  "Kubernetes versions on AKS with release, end of support and end of long-term support",
		Source: "MicrosoftDocs/azure-aks-docs articles/aks/supported-kubernetes-versions.md (fb060ab); release days from endoflife.date (a70eca3) and github.com/Azure/AKS/releases",
		Date:   day(2026, 8, 21),
	}
)

func versionTables() []Table {
	eks, aks := eksVersionsTable, aksVersionsTable
	eks.Rows, aks.Rows = len(eksVersions), len(aksVersions)
	return []Table{eks, aks}
}

func versionsOf(cloud string) []Version {
	switch cloud {
	case AWS:
		return eksVersions
	case Azure:
		return aksVersions
	}
	return nil
}

var eksVersions = []Version{
	version(26, "2023-04-11", "2024-06-11", "2025-06-11"),
	version(27, "2023-05-24", "2024-07-24", "2025-07-24"),
	version(28, "2023-09-26", "2024-11-26", "2025-11-26"),
	version(29, "2024-01-23", "2025-03-23", "2026-03-23"),
	version(30, "2024-05-23", "2025-07-23", "2026-07-23"),
	version(31, "2024-09-26", "2025-11-26", "2026-11-26"),
	version(32, "2025-01-25", "2026-03-23", "2027-03-23"),
	version(33, "2025-05-28", "2026-07-29", "2027-07-29"),
	version(34, "2025-10-06", "2026-12-02", "2027-12-02"),
	version(35, "2026-01-28", "2027-03-27", "2028-03-27"),
	version(36, "2026-06-02", "2027-08-02", "2028-08-02"),
}

// Where Microsoft names a month only, the end is its last day, as the source
// says. Long-term support starts with 1.27 and needs the Premium tier.
var aksVersions = []Version{
	version(26, "2023-04-18", "2024-04-11", ""),
	version(27, "2023-08-16", "2024-07-31", "2025-07-31"),
	version(28, "2023-11-07", "2025-01-31", "2026-02-28"),
	version(29, "2024-03-18", "2025-03-31", "2026-04-30"),
	version(30, "2024-08-05", "2025-08-22", "2026-07-31"),
	version(31, "2024-10-25", "2025-11-01", "2026-11-30"),
	version(32, "2025-04-06", "2026-03-31", "2027-03-31"),
	version(33, "2025-06-17", "2026-07-31", "2027-07-31"),
	version(34, "2026-01-04", "2026-11-30", "2027-11-30"),
	version(35, "2026-03-05", "2027-03-31", "2028-03-31"),
	version(36, "2026-06-30", "2027-06-30", "2028-06-30"),
	announced(version(37, "2026-10-31", "2027-10-31", "2028-10-31")),
}

func version(minor int, released, standardEnd, extendedEnd string) Version {
	return Version{Minor: Minor{1, minor}, Released: mustDay(released), StandardEnd: mustDay(standardEnd), ExtendedEnd: mustDay(extendedEnd)}
}

func announced(v Version) Version {
	v.Announced = true
	return v
}
