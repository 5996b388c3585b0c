package awsapi

import (
	"crypto/ed25519"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"math/big"
	"slices"
	"strings"
)

// place makes what a cluster has in EC2: its security group, and an interface
// in one subnet of each zone.
func (c *eksCluster) place(q *request, subnetsOf []*subnet) error {
	if c.VPC.ClusterGroup == "" {
		g := q.newSecurityGroup(c.VPC.VPC, fmt.Sprintf("eks-cluster-sg-%s-%d", c.ID, q.tx.Number(1e9)),
			"EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any managed workloads.",
			map[string]string{
				"Name": "eks-cluster-sg-" + c.ID, "kubernetes.io/cluster/" + c.ID: "owned", "aws:eks:cluster-name": c.ID,
			})
		g.Rules = append(g.Rules, groupRule{ID: "sgr-" + q.tx.Hex(17), Protocol: "-1", From: -1, To: -1, Peer: rulePeer{Group: g.ID}})
		g.Hidden = true // EKS's own, and gone with the cluster
		securityGroups.table.Put(q.tx, g)
		c.VPC.ClusterGroup = g.ID
	}
	used := map[string]bool{}
	for _, s := range subnetsOf {
		if used[s.ZoneID] {
			continue
		}
		used[s.ZoneID] = true
		i, err := q.newInterface(interfaceSpec{
			Subnet: s.ID, Groups: append(slices.Clone(c.VPC.Groups), c.VPC.ClusterGroup),
			Description: "Amazon EKS " + c.ID, Requester: "111111111111", Owner: c.ARN,
			Tags: map[string]string{"cluster.k8s.amazonaws.com/name": c.ID},
		})
		if err != nil {
			return invalidParameter("The control plane could not be placed in subnet %s: %v", s.ID, err)
		}
		i.Hidden = true
		interfaces.table.Put(q.tx, i)
	}
	return nil
}

// invent makes up what identifies a control plane: endpoint, issuer and a
// certificate authority that parses.
func (c *eksCluster) invent(q *request) {
	id := strings.ToUpper(q.tx.Hex(32))
	c.Endpoint = "https://" + id + ".gr7." + q.region + ".eks.amazonaws.com"
	c.Issuer = "https://oidc.eks." + q.region + ".amazonaws.com/id/" + id
	seed, err := hex.DecodeString(q.tx.Hex(2 * ed25519.SeedSize))
	if err != nil {
		panic("awsapi: " + err.Error()) // Hex returns hex digits
	}
	key := ed25519.NewKeyFromSeed(seed)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "kubernetes"}, DNSNames: []string{"kubernetes"},
		NotBefore: c.Created, NotAfter: c.Created.AddDate(10, 0, 0), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(nil, template, template, key.Public(), key)
	if err != nil {
		panic("awsapi: certificate authority of a cluster: " + err.Error()) // the template is fixed
	}
	c.CA = base64.StdEncoding.EncodeToString(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
}

// health finds out what went missing, or out of order, under a control plane.
func (c *eksCluster) health(q *request) []healthIssue {
	issues := []healthIssue{}
	add := func(code, message, resource string) {
		issues = append(issues, healthIssue{code, message, []string{resource}})
	}
	if _, ok := roleByARN(q.tx, c.RoleARN); !ok {
		add("IamRoleNotFound", "The cluster role was not found.", c.RoleARN)
	}
	if _, ok := vpcs.table.Get(q.tx, q.region, c.VPC.VPC); !ok {
		add("VpcNotFound", "The VPC of the cluster was not found.", c.VPC.VPC)
	}
	for _, id := range c.VPC.Subnets {
		if _, ok := subnets.table.Get(q.tx, q.region, id); !ok {
			add("Ec2SubnetNotFound", "A subnet of the cluster was not found.", id)
		}
	}
	for _, id := range append(slices.Clone(c.VPC.Groups), c.VPC.ClusterGroup) {
		if _, ok := securityGroups.table.Get(q.tx, q.region, id); !ok {
			add("Ec2SecurityGroupNotFound", "A security group of the cluster was not found.", id)
		}
	}
	for _, e := range c.Encryption {
		switch key, ok := findKey(q.tx, q.region, e.Provider.Key); {
		case !ok:
			add("KmsKeyNotFound", "The key of the cluster was not found.", e.Provider.Key)
		case key.State == "PendingDeletion":
			add("KmsKeyMarkedForDeletion", "The key of the cluster is pending deletion.", e.Provider.Key)
		case key.State != "Enabled":
			add("KmsKeyDisabled", "The key of the cluster is disabled.", e.Provider.Key)
		}
	}
	return issues
}
