package awsapi

import (
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// iamProfile is an instance profile; its id in the store is its name.
type iamProfile struct {
	sandbox.Meta
	ProfileID string    `json:"profileId"`
	ARN       string    `json:"arn"`
	Path      string    `json:"path"`
	Created   time.Time `json:"createDate"`
	Role      string    `json:"role,omitempty"` // a profile holds one at most
}

var iamProfiles = sandbox.NewTable[iamProfile](cloud, "iam/instance-profile")

// profilesOf are the instance profiles that hold a role.
func profilesOf(tx *sandbox.Tx, role string) []*iamProfile {
	return iamProfiles.Where(tx, "", func(p *iamProfile) bool { return p.Role == role })
}

func askedProfile(q *request) (*iamProfile, error) {
	name, err := iamNamed(q, "InstanceProfileName", 128)
	if err != nil {
		return nil, err
	}
	q.object(name)
	profile, ok := iamProfiles.First(q.tx, "", func(p *iamProfile) bool { return strings.EqualFold(p.ID, name) })
	if !ok {
		return nil, noSuchEntity("Instance Profile %s cannot be found.", name)
	}
	return profile, nil
}

func (p *iamProfile) nodes(tx *sandbox.Tx) []node {
	var roles []*iamRole
	if role, ok := iamRoles.Get(tx, "", p.Role); ok {
		roles = append(roles, role)
	}
	out := []node{
		text("Path", p.Path), text("InstanceProfileName", p.ID), text("InstanceProfileId", p.ProfileID),
		text("Arn", p.ARN), iamTime("CreateDate", p.Created), members("Roles", roles, (*iamRole).nodes),
	}
	if len(p.Tags) > 0 {
		out = append(out, iamTagNodes(p.Tags))
	}
	return out
}

func createInstanceProfile(q *request) (any, error) {
	name, err := iamNamed(q, "InstanceProfileName", 128)
	if err != nil {
		return nil, err
	}
	q.object(name)
	path, err := iamPathOf(q)
	if err != nil {
		return nil, err
	}
	profile := &iamProfile{Path: path, Created: q.tx.Now()}
	profile.ID, profile.Name = name, name
	if profile.Tags, err = iamTags(q); err != nil {
		return nil, err
	}
	if _, taken := iamProfiles.First(q.tx, "", func(p *iamProfile) bool { return strings.EqualFold(p.ID, name) }); taken {
		return nil, alreadyExists("Instance Profile %s already exists.", name)
	}
	profile.ProfileID = iamID(q.tx, "AIPA")
	profile.ARN = iamARN(q.account, "instance-profile"+path+name)
	iamProfiles.Put(q.tx, profile)
	return []node{group("InstanceProfile", profile.nodes(q.tx)...)}, nil
}

func getInstanceProfile(q *request) (any, error) {
	profile, err := askedProfile(q)
	if err != nil {
		return nil, err
	}
	return []node{group("InstanceProfile", profile.nodes(q.tx)...)}, nil
}

func listInstanceProfiles(q *request) (any, error) {
	prefix := q.form.text("PathPrefix")
	profiles := iamProfiles.Where(q.tx, "", func(p *iamProfile) bool { return strings.HasPrefix(p.Path, prefix) })
	return profilePage(q, profiles)
}

func listInstanceProfilesForRole(q *request) (any, error) {
	role, err := askedRole(q)
	if err != nil {
		return nil, err
	}
	return profilePage(q, profilesOf(q.tx, role.ID))
}

func profilePage(q *request, profiles []*iamProfile) (any, error) {
	return iamPage(q, "InstanceProfiles", profiles, func(p *iamProfile) []node {
		bare := *p
		bare.Tags = nil
		return bare.nodes(q.tx)
	})
}

func deleteInstanceProfile(q *request) (any, error) {
	profile, err := askedProfile(q)
	if err != nil {
		return nil, err
	}
	if profile.Role != "" {
		return nil, deleteConflict("Cannot delete entity, must remove roles from instance profile first.")
	}
	iamProfiles.Delete(q.tx, "", profile.ID)
	return nil, nil
}

func addRoleToInstanceProfile(q *request) (any, error) {
	role, err := askedRole(q)
	if err != nil {
		return nil, err
	}
	profile, err := askedProfile(q)
	if err != nil {
		return nil, err
	}
	if profile.Role != "" {
		return nil, iamLimit("Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1")
	}
	profile.Role = role.ID
	iamProfiles.Put(q.tx, profile)
	return nil, nil
}

func removeRoleFromInstanceProfile(q *request) (any, error) {
	role, err := askedRole(q)
	if err != nil {
		return nil, err
	}
	profile, err := askedProfile(q)
	if err != nil {
		return nil, err
	}
	if profile.Role != role.ID {
		return nil, noSuchEntity("Role %s is not in Instance Profile %s.", role.ID, profile.ID)
	}
	profile.Role = ""
	iamProfiles.Put(q.tx, profile)
	return nil, nil
}

func tagInstanceProfile(q *request) (any, error) {
	profile, err := askedProfile(q)
	if err != nil {
		return nil, err
	}
	if profile.Tags, err = iamRetag(q, profile.Tags); err != nil {
		return nil, err
	}
	iamProfiles.Put(q.tx, profile)
	return nil, nil
}

func untagInstanceProfile(q *request) (any, error) {
	profile, err := askedProfile(q)
	if err != nil {
		return nil, err
	}
	profile.Tags = dropTags(profile.Tags, q.form.list("TagKeys"))
	iamProfiles.Put(q.tx, profile)
	return nil, nil
}

func listInstanceProfileTags(q *request) (any, error) {
	profile, err := askedProfile(q)
	if err != nil {
		return nil, err
	}
	return iamTagPage(q, profile.Tags)
}
