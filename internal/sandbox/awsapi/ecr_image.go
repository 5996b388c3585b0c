package awsapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// image is an image in a repository: a manifest and its tags. Layers are not
// modelled; a manifest is taken as it is.
type image struct {
	Digest   string    `json:"imageDigest"`
	Tags     []string  `json:"imageTags,omitempty"`
	Media    string    `json:"imageManifestMediaType"`
	Manifest string    `json:"imageManifest"`
	Pushed   time.Time `json:"imagePushedAt"`
}

// imageID names an image by digest, tag, or both.
type imageID struct {
	Digest string `json:"imageDigest,omitempty"`
	Tag    string `json:"imageTag,omitempty"`
}

var imageTag = matching(`[A-Za-z0-9_][A-Za-z0-9._-]{0,299}`)

// find returns the position of an image, or the failure code of ECR.
func (r *repository) find(id imageID) (int, string) {
	if id.Digest == "" && id.Tag == "" {
		return -1, "MissingDigestAndTag"
	}
	i := slices.IndexFunc(r.Images, func(m image) bool {
		return (id.Digest == "" || m.Digest == id.Digest) && (id.Tag == "" || slices.Contains(m.Tags, id.Tag))
	})
	if i < 0 {
		return -1, "ImageNotFound"
	}
	return i, ""
}

func (r *repository) imageWire(q *request, m image, tag string) map[string]any {
	return map[string]any{
		"registryId": q.account, "repositoryName": r.ID, "imageId": imageID{m.Digest, tag},
		"imageManifest": m.Manifest, "imageManifestMediaType": m.Media,
	}
}

// keeps says whether a tag may not be moved to another image.
func (r *repository) keeps(tag string) bool {
	excluded := slices.ContainsFunc(r.Exclusions, func(f exclusionFilter) bool { return wildcard(f.Filter, tag) })
	return strings.HasPrefix(r.Mutability, "IMMUTABLE") != excluded
}

func putImage(q *request) (any, error) {
	var in struct {
		repositoryRef
		Manifest string `json:"imageManifest"`
		Media    string `json:"imageManifestMediaType"`
		Tag      string `json:"imageTag"`
		Digest   string `json:"imageDigest"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := in.find(q)
	if err != nil {
		return nil, err
	}
	var manifest struct {
		Media string `json:"mediaType"`
	}
	if err := json.Unmarshal([]byte(in.Manifest), &manifest); err != nil {
		return nil, ecrInvalid("ImageManifest", "Invalid JSON syntax")
	}
	if in.Media == "" {
		in.Media = manifest.Media
	}
	if in.Media == "" {
		return nil, ecrInvalid("imageManifestMediaType", "must be given, here or in the manifest")
	}
	m := image{Digest: "sha256:" + digest(in.Manifest), Media: in.Media, Manifest: in.Manifest, Pushed: q.tx.Now()}
	switch {
	case in.Digest != "" && in.Digest != m.Digest:
		return nil, fail(http.StatusBadRequest, "ImageDigestDoesNotMatchException", "The specified image digest '%s' does not match the digest of the manifest, '%s'", in.Digest, m.Digest)
	case in.Tag != "" && !imageTag.MatchString(in.Tag):
		return nil, ecrInvalid("imageTag", "must satisfy regular expression '[A-Za-z0-9_][A-Za-z0-9._-]{0,299}'")
	}
	images := slices.Clone(r.Images)
	if in.Tag != "" {
		if at, problem := r.find(imageID{Tag: in.Tag}); problem == "" {
			if images[at].Digest == m.Digest {
				return nil, fail(http.StatusBadRequest, "ImageAlreadyExistsException", "Image with digest '%s' and tag '%s' already exists in the repository with name '%s' in registry with id '%s'", m.Digest, in.Tag, r.ID, q.account)
			}
			if r.keeps(in.Tag) {
				return nil, fail(http.StatusBadRequest, "ImageTagAlreadyExistsException", "The image tag '%s' already exists in the '%s' repository and cannot be overwritten because the tag is immutable.", in.Tag, r.ID)
			}
			images[at].Tags = slices.DeleteFunc(slices.Clone(images[at].Tags), func(t string) bool { return t == in.Tag })
		}
		m.Tags = []string{in.Tag}
	}
	if at, problem := r.find(imageID{Digest: m.Digest}); problem == "" {
		images[at].Tags = append(slices.Clone(images[at].Tags), m.Tags...)
	} else {
		images = append(images, m)
	}
	r.Images = images
	repositories.Put(q.tx, r)
	return map[string]any{"image": r.imageWire(q, m, in.Tag)}, nil
}

// imageIDs is the input of the operations on several images.
type imageIDs struct {
	repositoryRef
	IDs []imageID `json:"imageIds"`
}

func imageFailure(id imageID, problem string) map[string]any {
	reason := "Requested image not found"
	if problem == "MissingDigestAndTag" {
		reason = "Invalid request parameters: both tag and digest cannot be null"
	}
	return map[string]any{"imageId": id, "failureCode": problem, "failureReason": reason}
}

func batchGetImage(q *request) (any, error) {
	var in struct {
		imageIDs
		Accepted []string `json:"acceptedMediaTypes"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := in.find(q)
	if err != nil {
		return nil, err
	}
	images, failures := []map[string]any{}, []map[string]any{}
	for _, id := range in.IDs {
		if i, problem := r.find(id); problem != "" {
			failures = append(failures, imageFailure(id, problem))
		} else {
			images = append(images, r.imageWire(q, r.Images[i], id.Tag))
		}
	}
	return map[string]any{"images": images, "failures": failures}, nil
}

// imageFilter is the member filter of the list operations.
type imageFilter struct {
	TagStatus string `json:"tagStatus"`
}

func (f imageFilter) keeps(m image) bool {
	switch f.TagStatus {
	case "TAGGED":
		return len(m.Tags) > 0
	case "UNTAGGED":
		return len(m.Tags) == 0
	}
	return true
}

func listImages(q *request) (any, error) {
	var in struct {
		repositoryRef
		Token  string      `json:"nextToken"`
		Size   int         `json:"maxResults"`
		Filter imageFilter `json:"filter"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := in.find(q)
	if err != nil {
		return nil, err
	}
	var ids []imageID
	for _, m := range r.Images {
		if !in.Filter.keeps(m) {
			continue
		}
		for _, tag := range m.Tags {
			ids = append(ids, imageID{m.Digest, tag})
		}
		if len(m.Tags) == 0 {
			ids = append(ids, imageID{Digest: m.Digest})
		}
	}
	return ecrPage("imageIds", ids, in.Token, in.Size)
}

func describeImages(q *request) (any, error) {
	var in struct {
		imageIDs
		Token  string      `json:"nextToken"`
		Size   int         `json:"maxResults"`
		Filter imageFilter `json:"filter"`
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := in.find(q)
	if err != nil {
		return nil, err
	}
	wanted := map[string]bool{}
	for _, id := range in.IDs {
		i, problem := r.find(id)
		if problem != "" {
			return nil, fail(http.StatusBadRequest, "ImageNotFoundException", "The image with imageId {imageDigest:'%s', imageTag:'%s'} does not exist within the repository with name '%s' in the registry with id '%s'", id.Digest, id.Tag, r.ID, q.account)
		}
		wanted[r.Images[i].Digest] = true
	}
	details := []map[string]any{}
	for _, m := range r.Images {
		if len(in.IDs) > 0 && !wanted[m.Digest] || !in.Filter.keeps(m) {
			continue
		}
		detail := map[string]any{
			"registryId": q.account, "repositoryName": r.ID, "imageDigest": m.Digest, "imageSizeInBytes": len(m.Manifest),
			"imagePushedAt": epoch(m.Pushed), "imageManifestMediaType": m.Media,
		}
		if len(m.Tags) > 0 {
			detail["imageTags"] = m.Tags
		}
		details = append(details, detail)
	}
	return ecrPage("imageDetails", details, in.Token, in.Size)
}

func batchDeleteImage(q *request) (any, error) {
	var in imageIDs
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	r, err := in.find(q)
	if err != nil {
		return nil, err
	}
	gone, failures := []imageID{}, []map[string]any{}
	for _, id := range in.IDs {
		i, problem := r.find(id)
		if problem != "" {
			failures = append(failures, imageFailure(id, problem))
			continue
		}
		images := slices.Clone(r.Images)
		gone = append(gone, imageID{images[i].Digest, id.Tag})
		// A tag takes away only itself, unless it was the last; a digest takes all.
		images[i].Tags = slices.DeleteFunc(slices.Clone(images[i].Tags), func(t string) bool { return t == id.Tag })
		if id.Tag == "" || len(images[i].Tags) == 0 {
			images = slices.Delete(images, i, i+1)
		}
		r.Images = images
	}
	repositories.Put(q.tx, r)
	return map[string]any{"imageIds": gone, "failures": failures}, nil
}
