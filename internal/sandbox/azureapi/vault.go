package azureapi

import (
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

const (
	vaultType = "Microsoft.KeyVault/vaults"
	keyType   = "Microsoft.KeyVault/vaults/keys"
	// secretType is a secret as ARM shows it: never with its value.
	secretType = "Microsoft.KeyVault/vaults/secrets"
)

// deletedVault is a vault that was deleted and is kept for its retention. Its
// name is taken meanwhile.
type deletedVault struct {
	sandbox.Meta
	Vault resource   `json:"vault"`
	Keys  []resource `json:"keys"` // and secrets
	Died  time.Time  `json:"died"`
	Purge time.Time  `json:"purge"`
}

var deletedVaults = sandbox.NewTable[deletedVault](cloud, "Microsoft.KeyVault/deletedVaults")

var vaultName = regexp.MustCompile(`^[A-Za-z](-?[A-Za-z0-9])+$`)

func vaultTypes() []*resourceType {
	rights := func() *member { return list(text()) }
	return []*resourceType{
		{
			name: vaultType, tracked: true, patch: anyMember, badInput: "BadRequest",
			flow: &flow{create: byState, creating: "RegisteringDns", polls: 1, retry: "5"},
			properties: fields{
				"provisioningState": output(), "vaultUri": output(), "hsmPoolResourceId": output(), "privateEndpointConnections": output(),
				"tenantId": guid().need(),
				"sku":      object(fields{"family": oneOf("A").or("A"), "name": oneOf("standard", "premium").need()}).need(),
				"accessPolicies": list(object(fields{
					"tenantId": guid().need(), "objectId": text().need(), "applicationId": guid(),
					"permissions": object(fields{"keys": rights(), "secrets": rights(), "certificates": rights(), "storage": rights()}).need(),
				})),
				"enabledForDeployment": flag(), "enabledForDiskEncryption": flag(), "enabledForTemplateDeployment": flag(),
				"enableRbacAuthorization": flag().or(false), "enableSoftDelete": flag().or(true), "enablePurgeProtection": flag(),
				"softDeleteRetentionInDays": whole(7, 90).or(90).once(),
				"createMode":                oneOf("default", "recover"),
				"publicNetworkAccess":       oneOf("Enabled", "Disabled", "SecuredByPerimeter").or("Enabled"),
				"networkAcls": object(fields{
					"bypass": oneOf("AzureServices", "None").or("AzureServices"), "defaultAction": oneOf("Allow", "Deny").or("Allow"),
					"ipRules":             list(object(fields{"value": text().need()})),
					"virtualNetworkRules": list(object(fields{"id": id(subnetType).need(), "ignoreMissingVnetServiceEndpoint": flag()})),
				}),
			},
			names: func(name string) string {
				if len(name) < 3 || len(name) > 24 || !vaultName.MatchString(name) {
					return "must be between 3-24 alphanumeric characters, begin with a letter, end with a letter or digit, and not contain consecutive hyphens"
				}
				return ""
			},
			put: putVault, stored: storeVault, gone: goneVault, show: showVault,
		},
		{
			name: keyType, tagged: true, madeIs200: true, badInput: "BadRequest",
			properties: fields{
				"keyUri": output(), "keyUriWithVersion": output(),
				"kty": oneOf("RSA", "EC", "RSA-HSM", "EC-HSM").or("RSA"), "keySize": whole(2048, 4096), "curveName": oneOf("P-256", "P-384", "P-521", "P-256K"),
				"keyOps": list(oneOf("encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey", "import", "release")),
				"attributes": object(fields{
					"enabled": flag().or(true), "exp": whole(0, 1<<40), "nbf": whole(0, 1<<40), "exportable": flag(),
					"created": output(), "updated": output(), "recoveryLevel": output(),
				}),
				"rotationPolicy": &member{kind: anyKind}, "release_policy": &member{kind: anyKind},
			},
			names: keyName,
			put:   putKey,
			remove: func(*request, *resource) error { // only the data plane can delete keys
				return refuse(http.StatusMethodNotAllowed, "HttpMethodNotSupported", "The HTTP method 'DELETE' is not supported for keys: use the vault's own address.")
			},
			show: func(q *request, r *resource, out map[string]any) { out["location"] = q.home(r) },
		},
		{
			name: secretType, tagged: true, madeIs200: true, badInput: "BadRequest",
			properties: fields{
				"value": text(), "contentType": text(), "secretUri": output(), "secretUriWithVersion": output(),
				"attributes": object(fields{
					"enabled": flag().or(true), "exp": whole(0, 1<<40), "nbf": whole(0, 1<<40), "created": output(), "updated": output(),
				}),
			},
			names: keyName,
			put:   putSecret,
			remove: func(*request, *resource) error { // only the data plane can delete secrets
				return refuse(http.StatusMethodNotAllowed, "HttpMethodNotSupported", "The HTTP method 'DELETE' is not supported for secrets: use the vault's own address.")
			},
			show: func(q *request, r *resource, out map[string]any) { out["location"] = q.home(r) },
		},
	}
}

// keyName says what is wrong with the name of a key or secret.
func keyName(name string) string {
	if len(name) > 127 || strings.Trim(strings.ToLower(name), "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
		return "can contain only letters, digits and hyphens, up to 127"
	}
	return ""
}

// putSecret keeps everything of a secret but its value.
func putSecret(w *write) error {
	p := w.r.Properties
	if textAt(w.body, "properties", "value") == "" && w.old == nil {
		return w.fail(http.StatusBadRequest, "BadRequest", "The secret %s has no value.", w.r.Name)
	}
	delete(p, "value")
	now := float64(w.tx.Now().Unix())
	attributes := objectAt(p, "attributes")
	if attributes == nil {
		attributes = map[string]any{"enabled": true}
		p["attributes"] = attributes
	}
	attributes["created"], attributes["updated"] = now, now
	uri := textAt(w.parent.Properties, "vaultUri") + "secrets/" + w.r.Name
	p["secretUri"], p["secretUriWithVersion"] = uri, uri+"/"+w.tx.Hex(32)
	return nil
}

// expireVaults removes deleted vaults whose time is over.
func expireVaults(tx *sandbox.Tx) {
	for _, d := range deletedVaults.List(tx, "") {
		if !tx.Now().Before(d.Purge) {
			deletedVaults.Delete(tx, "", d.ID)
		}
	}
}

func deletedVaultOf(tx *sandbox.Tx, name string) *deletedVault {
	expireVaults(tx)
	d, _ := deletedVaults.First(tx, "", func(d *deletedVault) bool { return strings.EqualFold(d.Name, name) })
	return d
}

func putVault(w *write) error {
	p := w.r.Properties
	mode := textAt(p, "createMode")
	delete(p, "createMode")
	if w.old == nil {
		for _, other := range w.all(vaultType) {
			if strings.EqualFold(other.Name, w.r.Name) {
				return w.fail(http.StatusConflict, "VaultAlreadyExists", "The vault name '%s' is already in use. Vault names are globally unique so it is possible that the name is already taken. If you are sure that the vault name was not taken then it is possible that a vault with the same name was recently deleted but not purged after being placed in a recoverable state.", w.r.Name)
			}
		}
		d := deletedVaultOf(w.tx, w.r.Name)
		switch {
		case mode == "recover" && d == nil:
			return w.fail(http.StatusNotFound, "DeletedVaultNotFound", "The deleted vault '%s' to recover was not found.", w.r.Name)
		case mode == "recover" && d.Vault.ID != w.r.ID:
			return w.fail(http.StatusConflict, "ConflictError", "The vault '%s' was deleted from %s and can be recovered there only.", w.r.Name, d.Vault.Path)
		case mode == "recover":
			w.r.Properties, _ = clone(d.Vault.Properties).(map[string]any)
			w.r.Tags, w.r.Location, w.r.Path = d.Vault.Tags, d.Vault.Location, d.Vault.Path
			w.r.Kept = map[string]any{"recovering": true}
			return nil
		case d != nil:
			return w.fail(http.StatusConflict, "ConflictError", "A vault with the same name already exists in deleted state. You need to either recover or purge existing key vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on soft delete.")
		}
	}
	if !strings.EqualFold(textAt(p, "tenantId"), tenant(w.tx)) {
		return w.fail(http.StatusBadRequest, "BadRequest", "Invalid tenant ID: the subscription is not in the tenant '%s'.", textAt(p, "tenantId"))
	}
	if !flagAt(p, "enableSoftDelete") {
		return w.fail(http.StatusBadRequest, "BadRequest", "The property \"enableSoftDelete\" cannot be set to false: soft delete is always on.")
	}
	if v, given := p["enablePurgeProtection"]; given && v == false || w.old != nil && flagAt(w.old.Properties, "enablePurgeProtection") && !given {
		if !given {
			p["enablePurgeProtection"] = true // left out: stays as it is
		} else {
			return w.fail(http.StatusBadRequest, "BadRequest", "The property \"enablePurgeProtection\" cannot be set to false. Enabling the purge protection for a vault is an irreversible action.")
		}
	}
	if !flagAt(p, "enableRbacAuthorization") && p["accessPolicies"] == nil {
		return w.fail(http.StatusBadRequest, "BadRequest", "The parameter accessPolicies is not specified.")
	}
	if p["accessPolicies"] == nil {
		p["accessPolicies"] = []any{}
	}
	p["vaultUri"] = "https://" + strings.ToLower(w.r.Name) + ".vault.azure.net/"
	return nil
}

// storeVault brings the keys of a recovered vault back.
func storeVault(w *write) error {
	if !flagAt(w.r.Kept, "recovering") {
		return nil
	}
	w.r.Kept = nil
	w.save(w.r)
	d := deletedVaultOf(w.tx, w.r.Name)
	for i := range d.Keys {
		key := d.Keys[i]
		key.Sequence = 0
		w.save(&key)
	}
	deletedVaults.Delete(w.tx, "", d.ID)
	return nil
}

// goneVault keeps a deleted vault with its keys.
func goneVault(q *request, r *resource, along []*resource) {
	days := numberAt(r.Properties, "softDeleteRetentionInDays")
	a, _ := parseAddress(r.Path)
	d := &deletedVault{
		Meta: sandbox.Meta{
			ID:   strings.ToLower("/subscriptions/" + a.subscription + "/providers/Microsoft.KeyVault/locations/" + r.Location + "/deletedVaults/" + r.Name),
			Name: r.Name, Tags: r.Tags, Pending: true,
		},
		Vault: *r, Died: q.tx.Now(), Purge: q.tx.Now().AddDate(0, 0, days),
	}
	for _, gone := range along {
		if strings.HasPrefix(gone.ID, r.ID+"/keys/") || strings.HasPrefix(gone.ID, r.ID+"/secrets/") {
			d.Keys = append(d.Keys, *gone)
		}
	}
	d.Vault.Operation = ""
	deletedVaults.Put(q.tx, d)
}

func showVault(q *request, r *resource, out map[string]any) {
	out["systemData"] = systemData(r)
	showConnections(q, r, out)
}

func putKey(w *write) error {
	if w.old != nil { // ARM makes a key if there is none, and changes nothing else
		w.r.Properties, _ = clone(w.old.Properties).(map[string]any)
		w.r.Tags, w.r.ETag = w.old.Tags, w.old.ETag
		return nil
	}
	p := w.r.Properties
	kind := textAt(p, "kty")
	if strings.HasSuffix(kind, "-HSM") && textAt(w.parent.Properties, "sku", "name") != "premium" {
		return w.fail(http.StatusBadRequest, "BadRequest", "Keys of type %s need a vault of SKU premium.", kind)
	}
	switch n := numberAt(p, "keySize"); {
	case strings.HasPrefix(kind, "EC") && p["curveName"] == nil:
		p["curveName"] = "P-256"
	case strings.HasPrefix(kind, "RSA") && n == 0:
		p["keySize"] = float64(2048)
	case strings.HasPrefix(kind, "RSA") && n != 2048 && n != 3072 && n != 4096:
		return w.fail(http.StatusBadRequest, "BadRequest", "The key size %d is not one of 2048, 3072, 4096.", n)
	}
	if p["keyOps"] == nil {
		p["keyOps"] = clone([]string{"encrypt", "decrypt", "sign", "verify", "wrapKey", "unwrapKey"})
	}
	attributes := objectAt(p, "attributes")
	if attributes == nil {
		attributes = map[string]any{"enabled": true}
		p["attributes"] = attributes
	}
	now := float64(w.tx.Now().Unix())
	attributes["created"], attributes["updated"], attributes["recoveryLevel"] = now, now, recoveryLevel(w.parent)
	uri := textAt(w.parent.Properties, "vaultUri") + "keys/" + w.r.Name
	p["keyUri"], p["keyUriWithVersion"] = uri, uri+"/"+w.tx.Hex(32)
	return nil
}

func recoveryLevel(vault *resource) string {
	level := "Recoverable"
	if numberAt(vault.Properties, "softDeleteRetentionInDays") < 90 {
		level = "CustomizedRecoverable"
	}
	if !flagAt(vault.Properties, "enablePurgeProtection") {
		return level + "+Purgeable"
	}
	return level
}

func vaultRoutes() map[string]route {
	return map[string]route{
		"GET Microsoft.KeyVault/deletedVaults":                  {run: listDeletedVaults},
		"GET Microsoft.KeyVault/locations/deletedVaults":        {run: getDeletedVault},
		"POST Microsoft.KeyVault/locations/deletedVaults/purge": {run: purgeVault},
		"POST Microsoft.KeyVault/checkNameAvailability":         {read: true, run: checkVaultName},
		"GET Microsoft.KeyVault/vaults/keys/versions":           {run: keyVersions},
	}
}

func showDeletedVault(d *deletedVault) map[string]any {
	return map[string]any{
		"id": d.ID, "name": d.Name, "type": "Microsoft.KeyVault/deletedVaults",
		"properties": map[string]any{
			"vaultId": d.Vault.Path, "location": d.Vault.Location, "tags": d.Vault.Tags,
			"deletionDate": d.Died.Format(time.RFC3339), "scheduledPurgeDate": d.Purge.Format(time.RFC3339),
			"purgeProtectionEnabled": flagAt(d.Vault.Properties, "enablePurgeProtection"),
		},
	}
}

func listDeletedVaults(q *request) (*sandbox.Response, error) {
	expireVaults(q.tx)
	out := []any{}
	for _, d := range deletedVaults.List(q.tx, "") {
		if strings.EqualFold(d.Vault.subscription(), q.address.subscription) {
			out = append(out, showDeletedVault(d))
		}
	}
	return q.page(out)
}

func (q *request) deletedVault() (*deletedVault, error) {
	name := q.address.names[len(q.address.names)-1]
	d := deletedVaultOf(q.tx, name)
	if d == nil || len(q.address.names) != 2 || d.Vault.Location != locationName(q.address.names[0]) {
		return nil, refuse(http.StatusNotFound, "DeletedVaultNotFound", "The specified deleted vault '%s' does not exist.", name)
	}
	return d, nil
}

func getDeletedVault(q *request) (*sandbox.Response, error) {
	d, err := q.deletedVault()
	if err != nil {
		return nil, err
	}
	return respond(http.StatusOK, showDeletedVault(d)), nil
}

func purgeVault(q *request) (*sandbox.Response, error) {
	d, err := q.deletedVault()
	if err != nil {
		return nil, err
	}
	if flagAt(d.Vault.Properties, "enablePurgeProtection") {
		return nil, refuse(http.StatusMethodNotAllowed, "MethodNotAllowed", "Operation 'DeletedVaultPurge' is not allowed: purge protection is enabled for vault '%s' until %s.", d.Name, d.Purge.Format(time.RFC3339))
	}
	deletedVaults.Delete(q.tx, "", d.ID)
	return respond(http.StatusOK, nil), nil
}

func checkVaultName(q *request) (*sandbox.Response, error) {
	body, err := q.decode()
	if err != nil {
		return nil, err
	}
	name := textAt(body, "name")
	if problem := q.typeOf(vaultType).names(name); problem != "" {
		return respond(http.StatusOK, map[string]any{"nameAvailable": false, "reason": "AccountNameInvalid", "message": "The name " + problem + "."}), nil
	}
	taken := deletedVaultOf(q.tx, name) != nil
	for _, v := range q.all(vaultType) {
		taken = taken || strings.EqualFold(v.Name, name)
	}
	if taken {
		return respond(http.StatusOK, map[string]any{"nameAvailable": false, "reason": "AlreadyExists", "message": "The vault name '" + name + "' is already in use."}), nil
	}
	return respond(http.StatusOK, map[string]any{"nameAvailable": true}), nil
}

func keyVersions(q *request) (*sandbox.Response, error) {
	key := q.get(q.address.above(2).id())
	if key == nil {
		return nil, q.missing(q.typeOf(keyType), q.address.above(2))
	}
	version := q.render(key)
	name := lastSegment(textAt(key.Properties, "keyUriWithVersion"))
	version["id"], version["name"], version["type"] = key.Path+"/versions/"+name, name, keyType+"/versions"
	if q.address.whole() {
		if !strings.EqualFold(q.address.names[2], name) {
			return nil, refuse(http.StatusNotFound, "KeyNotFound", "A key with the version %s was not found.", q.address.names[2])
		}
		return respond(http.StatusOK, version), nil
	}
	return q.page([]any{version})
}
