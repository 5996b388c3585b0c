package awsapi

import (
	"net/http"
	"slices"
)

// prefixList is a list of ranges that AWS keeps: where S3 and DynamoDB are.
type prefixList struct {
	id, name string
	cidrs    []string
}

// prefixLists are the lists of a region. The ids are this cloud's own, and the
// ranges are documentation ranges: nothing real may be reached by mistake.
func prefixLists(region string) []prefixList {
	var out []prefixList
	for i, service := range []string{"s3", "dynamodb"} {
		name := "com.amazonaws." + region + "." + service
		out = append(out, prefixList{id: "pl-" + digest(name)[:8], name: name, cidrs: []string{
			[]string{"192.0.2.0/25", "192.0.2.128/25"}[i],
		}})
	}
	return out
}

func prefixListOf(region, service string) (prefixList, bool) {
	for _, l := range prefixLists(region) {
		if l.name == service {
			return l, true
		}
	}
	return prefixList{}, false
}

func prefixListByID(region, id string) (prefixList, bool) {
	for _, l := range prefixLists(region) {
		if l.id == id {
			return l, true
		}
	}
	return prefixList{}, false
}

func (q *request) findPrefixLists(known []string) ([]prefixList, error) {
	filters, err := q.filters(known)
	if err != nil {
		return nil, err
	}
	ids := q.form.list("PrefixListId")
	if _, _, err := q.page(len(ids) > 0); err != nil {
		return nil, err
	}
	for _, id := range ids {
		if _, ok := prefixListByID(q.region, id); !ok {
			return nil, fail(http.StatusBadRequest, "InvalidPrefixListID.NotFound", "The prefix list ID '%s' does not exist", id)
		}
	}
	return slices.DeleteFunc(prefixLists(q.region), func(l prefixList) bool {
		if len(ids) > 0 && !slices.Contains(ids, l.id) {
			return true
		}
		return slices.ContainsFunc(filters, func(f filter) bool {
			return !f.any([]string{map[string]string{"prefix-list-id": l.id, "prefix-list-name": l.name, "owner-id": "AWS"}[f.name]})
		})
	}), nil
}

func describePrefixLists(q *request) (any, error) {
	found, err := q.findPrefixLists([]string{"prefix-list-id", "prefix-list-name"})
	if err != nil {
		return nil, err
	}
	return []node{items("prefixListSet", found, func(l prefixList) []node {
		return []node{text("prefixListId", l.id), text("prefixListName", l.name), items("cidrSet", l.cidrs, plain)}
	})}, nil
}

func describeManagedPrefixLists(q *request) (any, error) {
	found, err := q.findPrefixLists([]string{"prefix-list-id", "prefix-list-name", "owner-id"})
	if err != nil {
		return nil, err
	}
	return []node{items("prefixListSet", found, func(l prefixList) []node {
		return []node{
			text("prefixListId", l.id), text("prefixListName", l.name), text("addressFamily", "IPv4"), text("ownerId", "AWS"),
			text("state", "create-complete"), text("prefixListArn", "arn:"+partition(q.region)+":ec2:"+q.region+":aws:prefix-list/"+l.id),
		}
	})}, nil
}
