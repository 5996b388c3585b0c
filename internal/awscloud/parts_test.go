package awscloud_test

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecr"

	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// partRef is a part of the cluster shop-eu.
func partRef(part string) cloud.Ref {
	return cloud.Ref{Region: "eu-west-1", Cluster: "shop-eu", Part: part, Owner: "team", Incarnation: "inc-1", Token: "token-1"}
}

var lifecycle = blueprint.LifecycleDesign{Logs: "delete", Keys: "delete", Backups: "delete", Leftovers: "refuse"}

func scope() blueprint.Scope {
	return blueprint.Scope{Cloud: "aws", Region: "eu-west-1", Cluster: "shop-eu", OnDestroy: lifecycle}
}

func registryDesign() blueprint.RegistryDesign {
	return blueprint.RegistryDesign{
		Scope: scope(),
		Repositories: map[string]blueprint.RepositoryDesign{
			"shop-web": {Name: "shop/web", ImmutableTags: true, ScanOnPush: true, KeepUntaggedDays: 14, KeepImages: 500},
			"shop-api": {Name: "shop/api", ImmutableTags: false, ScanOnPush: false, KeepUntaggedDays: 7, KeepImages: 10},
		},
		PushPrincipals: []string{"arn:aws:iam::111122223333:role/ci"},
		Names:          map[string]string{"key-alias": "alias/kready-shop-eu-registry"},
		Tags:           map[string]string{"cost-center": "shop"},
	}
}

// TestRegistryKeepsImages proves that a repository with images is not deleted,
// neither alone nor with the registry, unless force says so.
func TestRegistryKeepsImages(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	ref, design := partRef("registry"), registryDesign()
	if _, err := w.cloud.Registry().Ensure(ctx, ref, design, blueprint.RegistryDesign{}, cloud.Inputs{}); err != nil {
		t.Fatal(err)
	}
	images := ecr.New(ecr.Options{
		Region: "eu-west-1", Credentials: credentials.NewStaticCredentialsProvider("AKIASANDBOX", "sandbox", ""),
		HTTPClient: &http.Client{Transport: w.box.Transport()},
	})
	_, err := images.PutImage(ctx, &ecr.PutImageInput{
		RepositoryName: aws.String("shop/web"), ImageTag: aws.String("v1"),
		ImageManifest: aws.String(`{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json"}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	fewer := registryDesign()
	delete(fewer.Repositories, "shop-web")
	if _, err := w.cloud.Registry().Ensure(ctx, ref, fewer, design, cloud.Inputs{}); !errors.Is(err, cloud.ErrNotEmpty) || !strings.Contains(err.Error(), "shop/web holds 1 images") {
		t.Errorf("a repository less: %v", err)
	}
	before := w.left()
	if err := w.cloud.Registry().Delete(ctx, ref, design, cloud.DeleteOptions{}); !errors.Is(err, cloud.ErrNotEmpty) {
		t.Errorf("delete: %v", err)
	}
	if after := w.left(); !slices.Equal(before, after) {
		t.Errorf("the refused delete deleted something: %q", after)
	}
	if err := w.cloud.Registry().Delete(ctx, ref, design, cloud.DeleteOptions{Force: true}); err != nil {
		t.Errorf("forced: %v", err)
	}
	if left := w.left(); len(left) > 0 {
		t.Errorf("left: %q", left)
	}
}
