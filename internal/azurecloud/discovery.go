package azurecloud

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/catalog"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

const day = "2006-01-02"

// Versions implements [cloud.Discovery]: newest first. AKS says what it offers,
// and to whom; for how long is in the dated table.
func (c *azureCloud) Versions(ctx context.Context) ([]cloud.VersionInfo, error) {
	api, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	offered, err := api.get(ctx, kubernetesVersions, "/subscriptions/"+api.subscription+"/providers/Microsoft.ContainerService/locations/"+api.region+"/kubernetesVersions")
	if err != nil {
		return nil, wrap(err, "Kubernetes versions")
	}
	var versions []cloud.VersionInfo
	for _, one := range entries(offered, "values") {
		version := cloud.VersionInfo{Version: text(one, "version"), Default: flag(one, "isDefault"), Status: "extended"}
		switch plans := texts(one, "capabilities", "supportPlan"); {
		case flag(one, "isPreview"):
			version.Status = "preview"
		case slices.Contains(plans, "KubernetesOfficial"):
			version.Status = "standard"
		}
		patches, _ := at(one, "patchVersions").(map[string]any)
		for patch := range patches {
			if newer(patch, version.PatchOrRelease) {
				version.PatchOrRelease = patch
			}
		}
		if minor, err := catalog.ParseMinor(version.Version); err == nil {
			if known, ok := catalog.LookupVersion(catalog.Azure, minor); ok {
				version.EndOfStandard, version.EndOfExtended = dated(known.StandardEnd), dated(known.ExtendedEnd)
			}
		}
		versions = append(versions, version)
	}
	slices.SortFunc(versions, func(a, b cloud.VersionInfo) int { return compareNumbers(b.Version, a.Version) })
	return versions, nil
}

// dated writes a day, "" where there is none.
func dated(on time.Time) string {
	if on.IsZero() {
		return ""
	}
	return on.Format(day)
}

// newer tells whether a version or release is newer than another.
func newer(a, b string) bool { return compareNumbers(a, b) > 0 }

// compareNumbers compares texts of numbers with points: versions and releases.
func compareNumbers(a, b string) int {
	return slices.CompareFunc(strings.Split(a, "."), strings.Split(b, "."), func(x, y string) int {
		m, errM := strconv.Atoi(x)
		n, errN := strconv.Atoi(y)
		if errM != nil || errN != nil {
			return cmp.Compare(x, y)
		}
		return cmp.Compare(m, n)
	})
}

// NodeImages implements [cloud.Discovery], newest first. ARM has no list of
// images: AKS says which is the newest for a pool that exists, and which it
// runs. So the pools of the region are asked.
func (c *azureCloud) NodeImages(ctx context.Context, query cloud.NodeImageQuery) ([]cloud.NodeImage, error) {
	api, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	if _, known := catalog.LookupNodeImage(catalog.Azure, query.OS, "", ""); !known {
		return nil, &cloud.Error{Kind: cloud.ErrInvalid, Object: "node images", Reason: "there is no operating system " + strconv.Quote(query.OS) + " on AKS",
			Todo: "Use \"ubuntu2404\", \"ubuntu2204\" or \"azurelinux3\"."}
	}
	if query.Architecture != catalog.AMD64 && query.Architecture != catalog.ARM64 {
		return nil, &cloud.Error{Kind: cloud.ErrInvalid, Object: "node images", Reason: "architecture " + strconv.Quote(query.Architecture) + " is neither amd64 nor arm64"}
	}
	found, err := api.clustersHere(ctx, "")
	if err != nil {
		return nil, err
	}
	var mu sync.Mutex
	images := map[string]string{} // by release
	asked := map[string]string{}
	for _, cluster := range found {
		asked[text(cluster, "id")] = text(cluster, "name")
	}
	err = cloud.Each(ctx, asked, func(ctx context.Context, id, name string) error {
		ids, err := api.poolImages(ctx, id, query)
		mu.Lock()
		defer mu.Unlock()
		for _, image := range ids {
			images[releaseOf(image)] = image
		}
		return wrap(unlessNotFound(err), "node images of cluster "+name)
	})
	if err != nil {
		return nil, err
	}
	if len(images) == 0 {
		return nil, &cloud.Error{Kind: cloud.ErrNotFound, Operation: "list agent pools", Object: "node images",
			Reason: "no node pool in " + api.region + " runs " + query.OS + " on " + query.Architecture + " with Kubernetes " + query.KubernetesVersion,
			Todo:   "AKS names images of pools that exist only. A new pool gets the newest; ask again when there is one."}
	}
	releases := sortedKeys(images)
	slices.SortFunc(releases, func(a, b string) int { return compareNumbers(b, a) })
	var list []cloud.NodeImage
	for _, release := range releases {
		list = append(list, cloud.NodeImage{Release: release, ImageID: images[release]})
	}
	return list, nil
}

// poolImages are the images that matching pools of a cluster run and could run.
func (a *api) poolImages(ctx context.Context, cluster string, query cloud.NodeImageQuery) ([]string, error) {
	pools, err := a.list(ctx, agentPools, cluster+"/agentPools", "")
	if err != nil {
		return nil, err
	}
	var images []string
	for _, pool := range pools {
		p := at(pool, "properties")
		if osOf(text(p, "osSKU")) != query.OS || architectureOf(p) != query.Architecture || minorOf(text(p, "currentOrchestratorVersion")) != query.KubernetesVersion {
			continue
		}
		profile, err := a.get(ctx, upgradeProfiles, text(pool, "id")+"/upgradeProfiles/default")
		if err != nil {
			return nil, err
		}
		for _, image := range []string{text(p, "nodeImageVersion"), text(profile, "properties", "latestNodeImageVersion")} {
			if image != "" {
				images = append(images, image)
			}
		}
	}
	return images, nil
}

// clustersHere lists the clusters of the region, or those of one name.
func (a *api) clustersHere(ctx context.Context, name string) ([]document, error) {
	all, err := a.list(ctx, clusters, "/subscriptions/"+a.subscription+"/providers/"+clusters.name, "")
	if err != nil {
		return nil, wrap(err, "clusters of "+a.region)
	}
	return slices.DeleteFunc(all, func(one document) bool {
		return !strings.EqualFold(text(one, "location"), a.region) || name != "" && !strings.EqualFold(text(one, "name"), name)
	}), nil
}

// clusterNamed is the cluster of that name in the region. Names are unique in a
// resource group only: where several groups have one, it is kready's.
func (a *api) clusterNamed(ctx context.Context, name string) (document, error) {
	object := ofCluster("cluster", cloud.Ref{Cluster: name})
	found, err := a.clustersHere(ctx, name)
	if err != nil {
		return nil, err
	}
	ours := slices.DeleteFunc(slices.Clone(found), func(one document) bool { return marksOf(clusters, one)[cloud.TagCluster] != name })
	switch {
	case len(ours) == 1:
		return ours[0], nil
	case len(found) == 1:
		return found[0], nil
	case len(found) == 0:
		return nil, &cloud.Error{Kind: cloud.ErrNotFound, Operation: "Microsoft.ContainerService LIST managedClusters", Object: object,
			Reason: "not found: there is no cluster " + name + " in " + a.region, Todo: "Check region, name and subscription."}
	}
	var ids []string
	for _, one := range found {
		ids = append(ids, text(one, "id"))
	}
	slices.Sort(ids)
	return nil, &cloud.Error{Kind: cloud.ErrConflict, Operation: "Microsoft.ContainerService LIST managedClusters", Object: object,
		Reason: "several clusters have the name: " + strings.Join(ids, ", "), Todo: "Give clusters different names."}
}
