package awsapi

func ec2Service() *service {
	return &service{
		name:     "ec2",
		protocol: ec2query{version: "2016-11-15"},
		operations: operations{
			"DescribeRegions": {run: describeRegions},
		},
	}
}

func describeRegions(q *request) (any, error) {
	q.form.ignore("AllRegions")
	return []node{items("regionInfo", regionNames(), func(name string) []node {
		return []node{
			text("regionName", name),
			text("regionEndpoint", "ec2."+name+".amazonaws.com"),
			text("optInStatus", "opt-in-not-required"),
		}
	})}, nil
}
