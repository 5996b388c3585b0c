package awscloud

import (
	"github.com/kready-io/terraform-provider-kready/internal/blueprint"
	"github.com/kready-io/terraform-provider-kready/internal/cloud"
)

// lifecycleTags are the tags of the object that remembers how its part is
// guarded.
func (a *api) lifecycleTags(ref cloud.Ref, component string, design map[string]string, guard blueprint.LifecycleDesign) map[string]string {
	tags := a.wantTags(ref, component, "", design)
	tags[cloud.TagLifecycle] = cloud.LifecycleTag(guard)
	return tags
}
