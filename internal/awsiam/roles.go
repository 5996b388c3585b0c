package awsiam

import "strings"

// Role is what an IAM role is trusted with.
type Role struct {
	Trust   Document
	Managed []string            // ARNs of managed policies
	Inline  map[string]Document // by policy name
}

// Prefixes of inline policies: built-in grants, and the caller's own. IAM
// takes [\w+=,.@-]: "vault:read" is written "grant.vault.read".
const (
	GrantPrefix  = "grant."
	PolicyPrefix = "policy."
)

// Names of the inline policies of roles that have just one.
const (
	EncryptionPolicy = "encryption" // of the control plane, for its key
	FlowLogPolicy    = "kready"     // of the flow log
)

// GrantPolicyName is the name of a grant's inline policy.
func GrantPolicyName(grant string) string { return GrantPrefix + strings.ReplaceAll(grant, ":", ".") }

// GrantOfPolicy is the reverse of [GrantPolicyName].
func GrantOfPolicy(name string) (grant string, ok bool) {
	word, ok := strings.CutPrefix(name, GrantPrefix)
	return strings.ReplaceAll(word, ".", ":"), ok
}

// trust lets one AWS service assume a role. conditions may be nil.
func trust(service string, actions []string, conditions Document) Document {
	statement := Document{"Effect": "Allow", "Principal": Document{"Service": service}, "Action": actions}
	if conditions != nil {
		statement["Condition"] = conditions
	}
	return Policy(statement)
}

func (a Account) managed(names ...string) []string {
	var arns []string
	for _, name := range names {
		arns = append(arns, "arn:"+a.Partition+":iam::aws:policy/"+name)
	}
	return arns
}

// ClusterRole is the role of the control plane, with or without Auto Mode.
// keyARN is the key for Kubernetes secrets, "" for the cloud's own.
// https://docs.aws.amazon.com/eks/latest/userguide/cluster-iam-role.html and
// .../auto-cluster-iam-role.html
func (a Account) ClusterRole(auto bool, keyARN string) Role {
	role := Role{
		Trust:   trust("eks.amazonaws.com", []string{"sts:AssumeRole", "sts:TagSession"}, nil),
		Managed: a.managed("AmazonEKSClusterPolicy"), Inline: map[string]Document{},
	}
	if auto {
		role.Managed = append(role.Managed, a.managed("AmazonEKSBlockStoragePolicy", "AmazonEKSComputePolicy",
			"AmazonEKSLoadBalancingPolicy", "AmazonEKSNetworkingPolicy")...)
	}
	if keyARN != "" {
		role.Inline[EncryptionPolicy] = Policy(allow("Secrets", []string{"kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:ListGrants"}, keyARN, nil))
	}
	return role
}

// NodeRole is the role of the nodes: what a node itself needs. Pods have roles
// of their own.
// https://docs.aws.amazon.com/eks/latest/userguide/create-node-role.html
func (a Account) NodeRole(auto bool) Role {
	role := Role{
		Trust:   trust("ec2.amazonaws.com", []string{"sts:AssumeRole"}, nil),
		Managed: a.managed("AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodePolicy", "AmazonSSMManagedInstanceCore"),
		Inline:  map[string]Document{},
	}
	if auto {
		role.Managed = a.managed("AmazonEC2ContainerRegistryPullOnly", "AmazonEKSWorkerNodeMinimalPolicy")
	}
	return role
}

// FlowLogRole lets the flow log service write to the one log group.
func (a Account) FlowLogRole(group string) Role {
	return Role{
		Trust: trust("vpc-flow-logs.amazonaws.com", []string{"sts:AssumeRole"}, Document{
			"StringEquals": Document{"aws:SourceAccount": a.ID},
			"ArnLike":      Document{"aws:SourceArn": a.ARN("ec2", "vpc-flow-log/*")},
		}),
		Inline: map[string]Document{FlowLogPolicy: Policy(
			Document{"Effect": "Allow", "Action": []string{"logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"},
				"Resource": a.ARN("logs", "log-group:"+group) + ":*"},
			Document{"Effect": "Allow", "Action": "logs:DescribeLogGroups", "Resource": "*"},
		)},
	}
}

// PodIdentityTrust lets EKS hand a role to pods of this cluster alone.
// https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
func (a Account) PodIdentityTrust(cluster string) Document {
	return trust("pods.eks.amazonaws.com", []string{"sts:AssumeRole", "sts:TagSession"}, Document{
		"StringEquals": Document{"aws:SourceAccount": a.ID},
		"ArnEquals":    Document{"aws:SourceArn": a.ARN("eks", "cluster/"+cluster)},
	})
}

// IRSATrust lets one service account of the issuer behind an OIDC provider
// take a role. issuer is the issuer's URL without its scheme.
// https://docs.aws.amazon.com/eks/latest/userguide/associate-service-account-role.html
func IRSATrust(provider, issuer, namespace, account string) Document {
	return Policy(Document{
		"Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
		"Principal": Document{"Federated": provider},
		"Condition": Document{"StringEquals": Document{
			issuer + ":aud": "sts.amazonaws.com",
			issuer + ":sub": "system:serviceaccount:" + namespace + ":" + account,
		}},
	})
}

// Controller is an autoscaler that runs in the cluster.
type Controller struct {
	Name               string // of its component keys
	Namespace, Account string // its service account, as its chart names it
	// Policies are its inline policies: nodeRole is the ARN of the nodes' role,
	// queue the name of its interruption queue.
	Policies func(a Account, cluster, nodeRole, queue string) map[string]Document
}

// Controllers are the autoscalers that need an identity, by the design's word.
var Controllers = map[string]Controller{
	"cluster_autoscaler": {
		Name: "cluster-autoscaler", Namespace: "kube-system", Account: "cluster-autoscaler",
		Policies: func(a Account, cluster, _, _ string) map[string]Document {
			return map[string]Document{GrantPolicyName("cluster-autoscaler"): autoscalerPolicy(a, Scope{Cluster: cluster})}
		},
	},
	"karpenter": {Name: "karpenter", Namespace: "kube-system", Account: "karpenter", Policies: karpenterPolicies},
}
