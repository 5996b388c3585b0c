package awsapi

import (
	"fmt"
	"slices"
	"strings"
)

// insight is one finding of EKS on a cluster's way to the next version. It is
// computed when it is asked for.
type insight struct {
	id, name, status, reason, recommendation string
	resources                                []string
}

// insights are what EKS looks at before an upgrade: the age of nodes, and
// whether the add-ons run on the next version.
func (c *eksCluster) insights(q *request) []insight {
	next := minorOf(c.Version) + 1
	nodes := insight{name: "Kubelet version skew", status: "PASSING", reason: "Node kubelet versions match the cluster control plane version."}
	for _, n := range nodegroupsOf(q.tx, q.region, c.ID) {
		if minorOf(n.Version) < minorOf(c.Version) {
			nodes.resources = append(nodes.resources, n.ARN)
			if nodes.status == "PASSING" {
				nodes.status = "WARNING"
			}
			if next-minorOf(n.Version) > 3 {
				nodes.status = "ERROR"
			}
			nodes.reason = "Node kubelet versions are behind the cluster control plane version."
			nodes.recommendation = "Update the node groups before the control plane."
		}
	}
	addons := insight{name: "EKS add-on version compatibility", status: "PASSING", reason: "All installed EKS add-on versions are compatible with next Kubernetes version."}
	for _, a := range eksAddons.List(q.tx, q.region) {
		k, ok := addonNamed(a.Addon)
		if a.Cluster == c.ID && ok && a.Addon != "kube-proxy" && !k.runs(a.Version, next) {
			addons.status, addons.reason = "WARNING", "Some EKS add-on versions are not compatible with the next Kubernetes version."
			addons.recommendation = "Update the add-ons after the control plane."
			addons.resources = append(addons.resources, a.ARN)
		}
	}
	apis := insight{name: fmt.Sprintf("Deprecated APIs removed in Kubernetes v1.%d", next), status: "PASSING", reason: "No deprecated API usage detected within the last 30 days."}
	found := []insight{nodes, addons, apis}
	for i := range found {
		h := digest(c.ARN + found[i].name)
		found[i].id = strings.Join([]string{h[:8], h[8:12], "4" + h[13:16], "a" + h[17:20], h[20:32]}, "-")
	}
	return found
}

func (i insight) wire(q *request, c *eksCluster) map[string]any {
	return map[string]any{
		"id": i.id, "name": i.name, "category": "UPGRADE_READINESS", "kubernetesVersion": fmt.Sprintf("1.%d", minorOf(c.Version)+1),
		"lastRefreshTime": epoch(q.tx.Now()), "lastTransitionTime": epoch(c.Created), "description": i.name,
		"insightStatus": map[string]string{"status": i.status, "reason": i.reason},
	}
}

func listInsights(q *request) (any, error) {
	var in struct {
		Filter struct {
			Categories []string `json:"categories"`
			Versions   []string `json:"kubernetesVersions"`
			Statuses   []string `json:"statuses"`
		} `json:"filter"`
		Size  int    `json:"maxResults"`
		Token string `json:"nextToken"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	cluster, err := askedCluster(q)
	if err != nil {
		return nil, err
	}
	version := fmt.Sprintf("1.%d", minorOf(cluster.Version)+1)
	out := []map[string]any{}
	for _, i := range cluster.insights(q) {
		f := in.Filter
		if len(f.Categories) > 0 && !slices.Contains(f.Categories, "UPGRADE_READINESS") ||
			len(f.Versions) > 0 && !slices.Contains(f.Versions, version) ||
			len(f.Statuses) > 0 && !slices.Contains(f.Statuses, i.status) {
			continue
		}
		out = append(out, i.wire(q, cluster))
	}
	size := ""
	if in.Size != 0 {
		size = itoa(in.Size)
	}
	return eksPage(out, "insights", nil, size, in.Token)
}

func describeInsight(q *request) (any, error) {
	cluster, err := askedCluster(q)
	if err != nil {
		return nil, err
	}
	for _, i := range cluster.insights(q) {
		if i.id != q.path["insight"] {
			continue
		}
		out := i.wire(q, cluster)
		out["recommendation"] = i.recommendation
		out["resources"] = append([]map[string]any{}, each(i.resources, func(arn string) map[string]any {
			return map[string]any{"arn": arn, "insightStatus": map[string]string{"status": i.status, "reason": i.reason}}
		})...)
		return map[string]any{"insight": out}, nil
	}
	return nil, eksNotFound("No insight found with id: %s", q.path["insight"])
}
