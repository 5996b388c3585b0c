package awsapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// ssmService is the public parameters of AWS: what the newest node images are.
// Parameters of an account are not modelled.
func ssmService() *service {
	return &service{
		name:     "ssm",
		protocol: json11{target: "AmazonSSM"},
		operations: operations{
			"GetParameter":        {run: getParameter},
			"GetParameters":       {run: getParameters},
			"GetParametersByPath": {run: getParametersByPath},
		},
	}
}

// publicParameters are all of them, by name.
func publicParameters(q *request) map[string]string {
	out := map[string]string{}
	for _, t := range amiTypes {
		for _, v := range eksVersions {
			if v.status(q.tx.Now()) == "" || !t.runs(v) {
				continue
			}
			if t.family == "bottlerocket" {
				t.bottlerocketParameters(q, v, out)
			} else {
				t.linuxParameters(q, v, out)
			}
		}
	}
	return out
}

// linuxParameters are /aws/service/eks/optimized-ami/1.34/amazon-linux-2023/x86_64/standard/recommended
// and its parts, and the same for each release by its image's name.
func (t amiType) linuxParameters(q *request, v eksVersion, out map[string]string) {
	base := "/aws/service/eks/optimized-ami/" + v.String() + "/" + t.parameter + "/"
	releases := t.releases(q.tx, v)
	for i, release := range releases {
		_, date, _ := strings.Cut(release, "-")
		name := fmt.Sprintf("%s-%s-v%s", t.imagePrefix(), v, date)
		parts := map[string]string{"image_id": t.image(q.region, v.String(), release), "image_name": name, "release_version": release}
		paths := []string{base + name}
		if i == len(releases)-1 {
			paths = append(paths, base+"recommended")
		}
		whole, err := json.Marshal(map[string]string{
			"schema_version": "2", "image_id": parts["image_id"], "image_name": name, "release_version": release,
		})
		if err != nil {
			panic("awsapi: " + err.Error()) // strings only
		}
		for _, path := range paths {
			out[path] = string(whole)
			for part, value := range parts {
				out[path+"/"+part] = value
			}
		}
	}
}

// imagePrefix is how the names of an Amazon Linux image begin.
func (t amiType) imagePrefix() string {
	switch t.parameter {
	case "amazon-linux-2":
		return "amazon-eks-node"
	case "amazon-linux-2-arm64":
		return "amazon-eks-arm64-node"
	case "amazon-linux-2-gpu":
		return "amazon-eks-gpu-node"
	}
	_, variant, _ := strings.Cut(t.parameter, "/") // x86_64/standard
	return "amazon-eks-node-al2023-" + strings.ReplaceAll(variant, "/", "-")
}

// bottlerocketParameters are /aws/service/bottlerocket/aws-k8s-1.34/x86_64/latest/image_id
// and image_version, and the same for each version.
func (t amiType) bottlerocketParameters(q *request, v eksVersion, out map[string]string) {
	arch, variant, special := strings.Cut(t.parameter, "-")
	name := "aws-k8s-" + v.String()
	if special {
		name += "-" + variant
	}
	releases := t.releases(q.tx, v)
	for i, release := range releases {
		paths := []string{"/aws/service/bottlerocket/" + name + "/" + arch + "/" + release}
		if i == len(releases)-1 {
			paths = append(paths, "/aws/service/bottlerocket/"+name+"/"+arch+"/latest")
		}
		for _, path := range paths {
			out[path+"/image_id"] = t.image(q.region, v.String(), release)
			out[path+"/image_version"] = release
		}
	}
}

func parameter(q *request, name, value string) map[string]any {
	return map[string]any{
		"Name": name, "Type": "String", "Value": value, "Version": 1, "DataType": "text",
		"LastModifiedDate": epoch(time.Date(2026, 11, 6, 0, 0, 0, 0, time.UTC)),
		"ARN":              "arn:" + partition(q.region) + ":ssm:" + q.region + "::parameter" + name,
	}
}

func getParameter(q *request) (any, error) {
	var in struct {
		Name           string
		WithDecryption bool
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	q.object(in.Name)
	value, ok := publicParameters(q)[in.Name]
	if !ok {
		return nil, fail(http.StatusBadRequest, "ParameterNotFound", "Parameter %s not found.", in.Name)
	}
	return map[string]any{"Parameter": parameter(q, in.Name, value)}, nil
}

func getParameters(q *request) (any, error) {
	var in struct {
		Names          []string
		WithDecryption bool
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	if len(in.Names) == 0 || len(in.Names) > 10 {
		return nil, fail(http.StatusBadRequest, "ValidationException", "1 validation error detected: Value at 'names' failed to satisfy constraint: Member must have length between 1 and 10")
	}
	known := publicParameters(q)
	found, missing := []map[string]any{}, []string{}
	for _, name := range in.Names {
		if value, ok := known[name]; ok {
			found = append(found, parameter(q, name, value))
		} else {
			missing = append(missing, name)
		}
	}
	return map[string]any{"Parameters": found, "InvalidParameters": missing}, nil
}

func getParametersByPath(q *request) (any, error) {
	var in struct {
		Path, NextToken           string
		Recursive, WithDecryption bool
		MaxResults                int
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	q.object(in.Path)
	if in.MaxResults == 0 {
		in.MaxResults = 10
	}
	if !strings.HasPrefix(in.Path, "/") || in.MaxResults < 1 || in.MaxResults > 10 {
		return nil, fail(http.StatusBadRequest, "ValidationException", "The path must begin with / and MaxResults is 1 to 10.")
	}
	known := publicParameters(q)
	prefix := strings.TrimSuffix(in.Path, "/") + "/"
	var names []string
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if rest, ok := strings.CutPrefix(name, prefix); ok && (in.Recursive || !strings.Contains(rest, "/")) {
			names = append(names, name)
		}
	}
	cut, next, ok := page(names, in.NextToken, in.MaxResults)
	if !ok {
		return nil, fail(http.StatusBadRequest, "InvalidNextToken", "The specified token isn't valid.")
	}
	out := map[string]any{"Parameters": append([]map[string]any{}, each(cut, func(name string) map[string]any { return parameter(q, name, known[name]) })...)}
	if next != "" {
		out["NextToken"] = next
	}
	return out, nil
}
