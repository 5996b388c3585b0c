package awscloud

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/eks"
	"github.com/aws/aws-sdk-go-v2/service/eks/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

const day = "2006-01-02"

// Versions implements [cloud.Discovery]: newest first.
func (c *awsCloud) Versions(ctx context.Context) ([]cloud.VersionInfo, error) {
	api, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	var versions []cloud.VersionInfo
	pages := eks.NewDescribeClusterVersionsPaginator(api.eks, &eks.DescribeClusterVersionsInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "Kubernetes versions")
		}
		for _, found := range page.ClusterVersions {
			version := cloud.VersionInfo{
				Version: aws.ToString(found.ClusterVersion), Default: found.DefaultVersion,
				Status: "standard", PatchOrRelease: aws.ToString(found.KubernetesPatchVersion),
			}
			if found.VersionStatus == types.VersionStatusExtendedSupport {
				version.Status = "extended"
			}
			if found.EndOfStandardSupportDate != nil {
				version.EndOfStandard = found.EndOfStandardSupportDate.UTC().Format(day)
			}
			if found.EndOfExtendedSupportDate != nil {
				version.EndOfExtended = found.EndOfExtendedSupportDate.UTC().Format(day)
			}
			versions = append(versions, version)
		}
	}
	slices.SortFunc(versions, func(a, b cloud.VersionInfo) int { return minor(b.Version) - minor(a.Version) })
	return versions, nil
}

// minor is the minor of "1.34"; 0 where there is none.
func minor(version string) int {
	_, digits, _ := strings.Cut(version, ".")
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}

// NodeImages implements [cloud.Discovery] from the public parameters that AWS
// keeps: https://docs.aws.amazon.com/eks/latest/userguide/retrieve-ami-id.html
// and .../retrieve-ami-id-bottlerocket.html. AWS lists every AL2023 release,
// and of Bottlerocket the latest.
func (c *awsCloud) NodeImages(ctx context.Context, query cloud.NodeImageQuery) ([]cloud.NodeImage, error) {
	api, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	machine := map[string]string{"amd64": "x86_64", "arm64": "arm64"}[query.Architecture]
	switch {
	case machine == "":
		return nil, &cloud.Error{Kind: cloud.ErrInvalid, Object: "node images", Reason: "architecture " + strconv.Quote(query.Architecture) + " is neither amd64 nor arm64"}
	case query.OS == "al2023":
		return api.al2023Images(ctx, "/aws/service/eks/optimized-ami/"+query.KubernetesVersion+"/amazon-linux-2023/"+machine+"/standard")
	case query.OS == "bottlerocket":
		return api.bottlerocketImages(ctx, "/aws/service/bottlerocket/aws-k8s-"+query.KubernetesVersion+"/"+machine+"/latest")
	}
	return nil, &cloud.Error{
		Kind: cloud.ErrInvalid, Object: "node images", Reason: "there is no operating system " + strconv.Quote(query.OS) + " on EKS",
		Todo: "Use \"al2023\" or \"bottlerocket\".",
	}
}

func (a *api) al2023Images(ctx context.Context, path string) ([]cloud.NodeImage, error) {
	releases := map[string]*cloud.NodeImage{}
	pages := ssm.NewGetParametersByPathPaginator(a.ssm, &ssm.GetParametersByPathInput{Path: aws.String(path), Recursive: aws.Bool(true)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, wrap(err, "node images")
		}
		for _, parameter := range page.Parameters {
			words := strings.Split(strings.TrimPrefix(aws.ToString(parameter.Name), path+"/"), "/")
			if len(words) != 2 || words[0] == "recommended" {
				continue
			}
			image := releases[words[0]]
			if image == nil {
				image = &cloud.NodeImage{}
				releases[words[0]] = image
			}
			switch words[1] {
			case "release_version":
				image.Release = aws.ToString(parameter.Value)
			case "image_id":
				image.ImageID = aws.ToString(parameter.Value)
			}
		}
	}
	var images []cloud.NodeImage
	for _, image := range releases {
		if image.Release != "" {
			images = append(images, *image)
		}
	}
	slices.SortFunc(images, func(a, b cloud.NodeImage) int { return strings.Compare(releaseDate(b.Release), releaseDate(a.Release)) })
	if len(images) == 0 {
		return nil, &cloud.Error{Kind: cloud.ErrNotFound, Operation: "ssm GetParametersByPath", Object: "node images", Reason: "AWS lists none under " + path}
	}
	return images, nil
}

// releaseDate is the sortable end of a release: "20261105" of
// "1.34.1-20261105".
func releaseDate(release string) string {
	_, date, _ := strings.Cut(release, "-")
	return date + " " + release
}

func (a *api) bottlerocketImages(ctx context.Context, path string) ([]cloud.NodeImage, error) {
	got, err := a.ssm.GetParameters(ctx, &ssm.GetParametersInput{Names: []string{path + "/image_id", path + "/image_version"}})
	if err != nil {
		return nil, wrap(err, "node images")
	}
	var image cloud.NodeImage
	for _, parameter := range got.Parameters {
		if strings.HasSuffix(aws.ToString(parameter.Name), "/image_id") {
			image.ImageID = aws.ToString(parameter.Value)
		} else {
			image.Release = aws.ToString(parameter.Value)
		}
	}
	if image.Release == "" {
		return nil, &cloud.Error{Kind: cloud.ErrNotFound, Operation: "ssm GetParameters", Object: "node images", Reason: "AWS lists none under " + path}
	}
	return []cloud.NodeImage{image}, nil
}
