package awsapi

// The configuration schemas of add-ons, as DescribeAddonConfiguration returns
// them: which members there are, and what they hold. Those of vpc-cni, coredns,
// kube-proxy, the Pod Identity agent and the EBS driver are closed, as EKS's
// are: an unknown member is refused. Source: the add-ons' own documentation of
// settings (amazon-vpc-cni-k8s README; EKS user guide), 2026. anySchema takes
// any object, for add-ons whose members are not modelled.
const (
	vpcCNISchema = `{"$schema": "http://json-schema.org/draft-06/schema#", "type": "object", "properties": {"env": {"type": "object", "properties":
{"ADDITIONAL_ENI_TAGS": {"type": "string"}, "ANNOTATE_POD_IP": {"type": "string", "format": "boolean"}, "AWS_EC2_ENDPOINT": {"type": "string"},
"AWS_EC2_ENDPOINT_DUALSTACK": {"type": "string", "format": "boolean"}, "AWS_EXTERNAL_SERVICE_CIDRS": {"type": "string"},
"AWS_MANAGE_ENIS_NON_SCHEDULABLE": {"type": "string", "format": "boolean"}, "AWS_VPC_CNI_NODE_PORT_SUPPORT": {"type": "string", "format": "boolean"},
"AWS_VPC_ENI_MTU": {"type": "string", "format": "integer"}, "AWS_VPC_K8S_CNI_CONFIGURE_RPFILTER": {"type": "string", "format": "boolean"},
"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG": {"type": "string", "format": "boolean"}, "AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS": {"type": "string"},
"AWS_VPC_K8S_CNI_EXTERNALSNAT": {"type": "string", "format": "boolean"}, "AWS_VPC_K8S_CNI_LOGLEVEL": {"type": "string"}, "AWS_VPC_K8S_CNI_LOG_FILE":
{"type": "string"}, "AWS_VPC_K8S_CNI_RANDOMIZESNAT": {"type": "string"}, "AWS_VPC_K8S_CNI_VETHPREFIX": {"type": "string"},
"AWS_VPC_K8S_PLUGIN_LOG_FILE": {"type": "string"}, "AWS_VPC_K8S_PLUGIN_LOG_LEVEL": {"type": "string"}, "CLUSTER_ENDPOINT": {"type": "string"},
"CLUSTER_NAME": {"type": "string"}, "DISABLE_INTROSPECTION": {"type": "string", "format": "boolean"}, "DISABLE_METRICS": {"type": "string", "format":
"boolean"}, "DISABLE_NETWORK_RESOURCE_PROVISIONING": {"type": "string", "format": "boolean"}, "DISABLE_POD_V6": {"type": "string", "format":
"boolean"}, "ENABLE_BANDWIDTH_PLUGIN": {"type": "string", "format": "boolean"}, "ENABLE_IMDS_ONLY_MODE": {"type": "string", "format": "boolean"},
"ENABLE_IPv4": {"type": "string", "format": "boolean"}, "ENABLE_IPv6": {"type": "string", "format": "boolean"}, "ENABLE_MULTI_NIC": {"type": "string",
"format": "boolean"}, "ENABLE_NFTABLES": {"type": "string", "format": "boolean"}, "ENABLE_POD_ENI": {"type": "string", "format": "boolean"},
"ENABLE_PREFIX_DELEGATION": {"type": "string", "format": "boolean"}, "ENABLE_SUBNET_DISCOVERY": {"type": "string", "format": "boolean"},
"ENABLE_V4_EGRESS": {"type": "string", "format": "boolean"}, "ENABLE_V6_EGRESS": {"type": "string", "format": "boolean"}, "ENI_CONFIG_ANNOTATION_DEF":
{"type": "string"}, "ENI_CONFIG_LABEL_DEF": {"type": "string"}, "INTROSPECTION_BIND_ADDRESS": {"type": "string"}, "IP_COOLDOWN_PERIOD": {"type":
"string", "format": "integer"}, "MAX_ENI": {"type": "string", "format": "integer"}, "MINIMUM_IP_TARGET": {"type": "string", "format": "integer"},
"NETWORK_POLICY_ENFORCING_MODE": {"type": "string", "enum": ["strict", "standard"]}, "POD_MTU": {"type": "string", "format": "integer"},
"POD_SECURITY_GROUP_ENFORCING_MODE": {"type": "string", "enum": ["strict", "standard"]}, "VPC_ID": {"type": "string"}, "WARM_ENI_TARGET": {"type":
"string", "format": "integer"}, "WARM_IP_TARGET": {"type": "string", "format": "integer"}, "WARM_PREFIX_TARGET": {"type": "string", "format":
"integer"}}, "additionalProperties": false}, "init": {"type": "object", "properties": {"env": {"type": "object", "properties":
{"DISABLE_TCP_EARLY_DEMUX": {"type": "string", "format": "boolean"}, "ENABLE_V6_EGRESS": {"type": "string", "format": "boolean"}},
"additionalProperties": false}}, "additionalProperties": false}, "enableNetworkPolicy": {"type": "string", "format": "boolean"}, "enableWindowsIpam":
{"type": "string", "format": "boolean"}, "enableWindowsPrefixDelegation": {"type": "string", "format": "boolean"}, "warmWindowsPrefixTarget": {"type":
"integer"}, "warmWindowsIPTarget": {"type": "integer"}, "minimumWindowsIPTarget": {"type": "integer"}, "branchENICooldown": {"type": "integer"},
"eniConfig": {"type": "object", "properties": {"create": {"type": "boolean"}, "region": {"type": "string"}, "subnets": {"type": "object",
"additionalProperties": {"type": "object", "properties": {"id": {"type": "string"}, "securityGroups": {"type": "array", "items": {"type": "string"}}},
"additionalProperties": false, "required": ["id"]}}}, "additionalProperties": false}, "nodeAgent": {"type": "object", "properties":
{"enablePolicyEventLogs": {"type": "string", "format": "boolean"}, "enableCloudWatchLogs": {"type": "string", "format": "boolean"},
"healthProbeBindAddr": {"type": "string"}, "metricsBindAddr": {"type": "string"}, "conntrackCacheCleanupPeriod": {"type": "integer"},
"conntrackCacheTableSize": {"type": "integer"}, "networkPolicyAgentLogFileLocation": {"type": "string"}, "networkPolicyAgentLogLevel": {"type":
"string"}, "enabled": {"type": "boolean"}, "resources": {"type": "object", "additionalProperties": false, "properties": {"limits": {"type": "object",
"additionalProperties": false, "properties": {"cpu": {"type": "string"}, "memory": {"type": "string"}}}, "requests": {"type": "object",
"additionalProperties": false, "properties": {"cpu": {"type": "string"}, "memory": {"type": "string"}}}}}}, "additionalProperties": false},
"resources": {"type": "object", "additionalProperties": false, "properties": {"limits": {"type": "object", "additionalProperties": false,
"properties": {"cpu": {"type": "string"}, "memory": {"type": "string"}}}, "requests": {"type": "object", "additionalProperties": false, "properties":
{"cpu": {"type": "string"}, "memory": {"type": "string"}}}}}, "tolerations": {"type": "array"}, "affinity": {"type": "object"}, "podAnnotations":
{"type": "object", "additionalProperties": {"type": "string"}}, "podLabels": {"type": "object", "additionalProperties": {"type": "string"}},
"nodeSelector": {"type": "object", "additionalProperties": {"type": "string"}}, "extraVolumes": {"type": "array"}, "extraVolumeMounts": {"type":
"array"}, "livenessProbe": {"type": "object"}, "readinessProbe": {"type": "object"}, "livenessProbeTimeoutSeconds": {"type": "integer"},
"readinessProbeTimeoutSeconds": {"type": "integer"}, "originalMatchLabels": {"type": "string", "format": "boolean"}}, "additionalProperties": false}`

	corednsSchema = `{"$schema": "http://json-schema.org/draft-06/schema#", "type": "object", "properties": {"replicaCount": {"type": "integer"}, "computeType": {"type":
"string"}, "corefile": {"type": "string"}, "resources": {"type": "object", "additionalProperties": false, "properties": {"limits": {"type": "object",
"additionalProperties": false, "properties": {"cpu": {"type": "string"}, "memory": {"type": "string"}}}, "requests": {"type": "object",
"additionalProperties": false, "properties": {"cpu": {"type": "string"}, "memory": {"type": "string"}}}}}, "tolerations": {"type": "array"},
"affinity": {"type": "object"}, "nodeSelector": {"type": "object", "additionalProperties": {"type": "string"}}, "podAnnotations": {"type": "object",
"additionalProperties": {"type": "string"}}, "podLabels": {"type": "object", "additionalProperties": {"type": "string"}}, "topologySpreadConstraints":
{"type": "array"}, "podDisruptionBudget": {"type": "object", "properties": {"enabled": {"type": "boolean"}, "maxUnavailable": {}, "minAvailable": {}},
"additionalProperties": false}, "autoScaling": {"type": "object", "properties": {"enabled": {"type": "boolean"}, "minReplicas": {"type": "integer"},
"maxReplicas": {"type": "integer"}}, "additionalProperties": false}}, "additionalProperties": false}`

	kubeProxySchema = `{"$schema": "http://json-schema.org/draft-06/schema#", "type": "object", "properties": {"mode": {"type": "string", "enum": ["iptables", "ipvs",
"nftables"]}, "ipvs": {"type": "object", "properties": {"scheduler": {"type": "string"}}, "additionalProperties": false}, "resources": {"type":
"object", "additionalProperties": false, "properties": {"limits": {"type": "object", "additionalProperties": false, "properties": {"cpu": {"type":
"string"}, "memory": {"type": "string"}}}, "requests": {"type": "object", "additionalProperties": false, "properties": {"cpu": {"type": "string"},
"memory": {"type": "string"}}}}}, "podAnnotations": {"type": "object", "additionalProperties": {"type": "string"}}, "podLabels": {"type": "object",
"additionalProperties": {"type": "string"}}, "tolerations": {"type": "array"}, "affinity": {"type": "object"}, "nodeSelector": {"type": "object",
"additionalProperties": {"type": "string"}}}, "additionalProperties": false}`

	podIdentitySchema = `{"$schema": "http://json-schema.org/draft-06/schema#", "type": "object", "properties": {"agent": {"type": "object", "properties": {"additionalArgs":
{"type": "object", "additionalProperties": {"type": "string"}}, "probePort": {"type": "integer"}}, "additionalProperties": false}, "clusterName":
{"type": "string"}, "env": {"type": "object", "additionalProperties": {"type": "string"}}, "resources": {"type": "object", "additionalProperties":
false, "properties": {"limits": {"type": "object", "additionalProperties": false, "properties": {"cpu": {"type": "string"}, "memory": {"type":
"string"}}}, "requests": {"type": "object", "additionalProperties": false, "properties": {"cpu": {"type": "string"}, "memory": {"type": "string"}}}}},
"tolerations": {"type": "array"}, "affinity": {"type": "object"}, "podAnnotations": {"type": "object", "additionalProperties": {"type": "string"}},
"priorityClassName": {"type": "string"}, "updateStrategy": {"type": "object"}, "nodeSelector": {"type": "object", "additionalProperties": {"type":
"string"}}, "daemonsets": {"type": "object"}}, "additionalProperties": false}`

	ebsSchema = `{"$schema": "http://json-schema.org/draft-06/schema#", "type": "object", "properties": {"controller": {"type": "object"}, "node": {"type": "object"},
"sidecars": {"type": "object"}, "defaultStorageClass": {"type": "object", "properties": {"enabled": {"type": "boolean"}}, "additionalProperties":
false}, "a1CompatibilityDaemonSet": {"type": "boolean"}, "additionalDaemonSets": {"type": "object"}, "customLabels": {"type": "object",
"additionalProperties": {"type": "string"}}, "debugLogs": {"type": "boolean"}, "fips": {"type": "boolean"}, "proxy": {"type": "object"},
"useOldCSIDriver": {"type": "boolean"}, "volumeSnapshotClasses": {"type": "array"}, "storageClasses": {"type": "array"}, "miscellaneous": {"type":
"object"}, "nodeComponentOnly": {"type": "boolean"}}, "additionalProperties": false}`

	anySchema = `{"$schema": "http://json-schema.org/draft-06/schema#", "type": "object"}`
)
