"""Drives a sandbox with AWS's own Python client, which nobody here wrote.

Usage: judge.py ENDPOINT. Prints one JSON object of what it read back.
"""

import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

endpoint = sys.argv[1]
settings = Config(region_name="eu-west-1", retries={"max_attempts": 1, "mode": "standard"})
session = boto3.session.Session(aws_access_key_id="AKIDEXAMPLE", aws_secret_access_key="example")


def client(name):
    return session.client(name, endpoint_url=endpoint, config=settings)


def refusal(call, **arguments):
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return ""


def trust(service):
    return json.dumps({
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}],
    })


seen = {}
seen["caller"] = {k: v for k, v in client("sts").get_caller_identity().items() if k != "ResponseMetadata"}

ec2 = client("ec2")
vpc = ec2.create_vpc(CidrBlock="10.64.0.0/16", TagSpecifications=[
    {"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": "shop-eu"}]}])["Vpc"]["VpcId"]
ec2.get_waiter("vpc_available").wait(VpcIds=[vpc], WaiterConfig={"Delay": 0})
ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
subnets = []
for i, zone in enumerate(["a", "b"]):
    subnets.append(ec2.create_subnet(VpcId=vpc, AvailabilityZone="eu-west-1" + zone, CidrBlock="10.64.%d.0/24" % i)["Subnet"]["SubnetId"])
seen["vpc"] = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"][0]
seen["subnets"] = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc]}])["Subnets"]
seen["overlap"] = refusal(ec2.create_subnet, VpcId=vpc, AvailabilityZone="eu-west-1a", CidrBlock="10.64.0.0/25")

iam = client("iam")
roles = {}
for name, service, policy in [("cluster", "eks.amazonaws.com", "AmazonEKSClusterPolicy"), ("node", "ec2.amazonaws.com", "AmazonEKSWorkerNodePolicy")]:
    roles[name] = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(service))["Role"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/" + policy)
# botocore decodes the document itself, so that a wrong encoding shows here.
seen["trust"] = iam.get_role(RoleName="cluster")["Role"]["AssumeRolePolicyDocument"]
seen["attached"] = iam.list_attached_role_policies(RoleName="cluster")["AttachedPolicies"]

kms = client("kms")
key = kms.create_key(Description="shop-eu", Tags=[{"TagKey": "kready-cluster", "TagValue": "shop-eu"}])["KeyMetadata"]
kms.create_alias(AliasName="alias/kready/shop-eu", TargetKeyId=key["KeyId"])
kms.enable_key_rotation(KeyId=key["KeyId"])
seen["key"] = kms.describe_key(KeyId="alias/kready/shop-eu")["KeyMetadata"]
seen["rotation"] = kms.get_key_rotation_status(KeyId=key["KeyId"])["KeyRotationEnabled"]
seen["key_tags"] = kms.list_resource_tags(KeyId=key["KeyId"])["Tags"]

eks = client("eks")
arguments = dict(
    name="shop-eu", version="1.34", roleArn=roles["cluster"],
    resourcesVpcConfig={"subnetIds": subnets, "endpointPrivateAccess": True, "endpointPublicAccess": False},
    accessConfig={"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
    encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": key["Arn"]}}],
    kubernetesNetworkConfig={"serviceIpv4Cidr": "172.20.0.0/16"},
    bootstrapSelfManagedAddons=False, deletionProtection=True, tags={"kready-cluster": "shop-eu"})
seen["role_too_new"] = refusal(eks.create_cluster, **arguments)
eks.create_cluster(**arguments)
quick = {"Delay": 0, "MaxAttempts": 20}
eks.get_waiter("cluster_active").wait(name="shop-eu", WaiterConfig=quick)
seen["cluster"] = eks.describe_cluster(name="shop-eu")["cluster"]
eks.create_addon(clusterName="shop-eu", addonName="vpc-cni", configurationValues=json.dumps({"enableNetworkPolicy": "true"}))
eks.get_waiter("addon_active").wait(clusterName="shop-eu", addonName="vpc-cni", WaiterConfig=quick)
seen["addon"] = eks.describe_addon(clusterName="shop-eu", addonName="vpc-cni")["addon"]

group = dict(
    clusterName="shop-eu", nodegroupName="apps", subnets=subnets, nodeRole=roles["node"], instanceTypes=["m7g.large"],
    amiType="AL2023_ARM_64_STANDARD", scalingConfig={"minSize": 2, "maxSize": 4, "desiredSize": 2},
    labels={"tier": "apps"}, taints=[{"key": "dedicated", "value": "apps", "effect": "NO_SCHEDULE"}], tags={"kready-cluster": "shop-eu"})
seen["node_role_too_new"] = refusal(eks.create_nodegroup, **group)
eks.create_nodegroup(**group)
eks.get_waiter("nodegroup_active").wait(clusterName="shop-eu", nodegroupName="apps", WaiterConfig=quick)
seen["nodegroup"] = eks.describe_nodegroup(clusterName="shop-eu", nodegroupName="apps")["nodegroup"]
seen["instances"] = [
    i["Placement"]["AvailabilityZone"]
    for r in ec2.describe_instances(Filters=[{"Name": "tag:eks:nodegroup-name", "Values": ["apps"]}])["Reservations"]
    for i in r["Instances"]]
eks.create_access_entry(clusterName="shop-eu", principalArn=roles["cluster"])
seen["entry"] = eks.describe_access_entry(clusterName="shop-eu", principalArn=roles["cluster"])["accessEntry"]
seen["protected"] = refusal(eks.delete_cluster, name="shop-eu")

ecr = client("ecr")
ecr.create_repository(
    repositoryName="shop/web", imageTagMutability="IMMUTABLE", imageScanningConfiguration={"scanOnPush": True},
    encryptionConfiguration={"encryptionType": "KMS", "kmsKey": key["Arn"]}, tags=[{"Key": "kready-cluster", "Value": "shop-eu"}])
seen["repository"] = ecr.describe_repositories(repositoryNames=["shop/web"])["repositories"][0]

logs = client("logs")
logs.create_log_group(logGroupName="/shop-eu/flow", tags={"kready-cluster": "shop-eu"})
logs.put_retention_policy(logGroupName="/shop-eu/flow", retentionInDays=30)
seen["log_group"] = logs.describe_log_groups(logGroupNamePrefix="/shop-eu/")["logGroups"][0]

secrets = client("secretsmanager")
secrets.create_secret(Name="shop/db", SecretString="value")
seen["secret"] = secrets.get_secret_value(SecretId="shop/db")["SecretString"]
seen["quota"] = client("service-quotas").get_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")["Quota"]["Value"]

sqs = client("sqs")
url = sqs.create_queue(QueueName="shop-eu", Attributes={"MessageRetentionPeriod": "300"})["QueueUrl"]
seen["queue"] = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
seen["no_queue"] = refusal(sqs.get_queue_url, QueueName="none")
events = client("events")
events.put_rule(Name="shop-eu", EventPattern=json.dumps({"source": ["aws.ec2"]}))
seen["rule"] = events.describe_rule(Name="shop-eu")["EventPattern"]
seen["image"] = client("ssm").get_parameter(
    Name="/aws/service/eks/optimized-ami/1.34/amazon-linux-2023/arm64/standard/recommended/release_version")["Parameter"]["Value"]

json.dump(seen, sys.stdout, default=str)
