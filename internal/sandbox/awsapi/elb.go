package awsapi

func elbService() *service {
	return &service{
		name:       "elasticloadbalancing",
		protocol:   query{version: "2015-12-01", namespace: "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"},
		operations: operations{},
	}
}
