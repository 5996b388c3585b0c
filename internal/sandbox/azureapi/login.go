package azureapi

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// loginService is the token endpoint's word in the journal.
const loginService = "Microsoft.Entra"

// loginOperation names what is asked of the token endpoint; empty when the
// path is none of its own.
func loginOperation(r *http.Request) string {
	segments := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	rest := strings.ToLower(strings.Join(segments[min(1, len(segments)):], "/"))
	switch rest {
	case "v2.0/.well-known/openid-configuration":
		return "GET openid-configuration"
	case "oauth2/v2.0/token":
		return "POST token"
	case "discovery/v2.0/keys":
		return "GET keys"
	case "discovery/instance":
		return "GET instance"
	}
	return ""
}

func serveLogin(tx *sandbox.Tx, call *sandbox.Call) *sandbox.Response {
	call.Write = false
	r := call.Request
	q := &request{tx: tx, call: call}
	named, _, _ := strings.Cut(strings.Trim(r.URL.Path, "/"), "/")
	if call.Operation == "GET instance" {
		return respond(http.StatusOK, map[string]any{
			"tenant_discovery_endpoint": q.origin() + "/" + tenant(tx) + "/v2.0/.well-known/openid-configuration",
			"api-version":               "1.1", "metadata": []any{},
		})
	}
	if t := strings.ToLower(named); t != tenant(tx) && t != "common" && t != "organizations" && t != "sandbox.onmicrosoft.com" {
		call.Code = "invalid_tenant"
		return loginRefusal(http.StatusBadRequest, "invalid_tenant",
			fmt.Sprintf("AADSTS90002: Tenant '%s' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud.", named))
	}
	authority := q.origin() + "/" + tenant(tx)
	switch call.Operation {
	case "GET openid-configuration":
		return respond(http.StatusOK, map[string]any{
			"issuer":                                authority + "/v2.0",
			"token_endpoint":                        authority + "/oauth2/v2.0/token",
			"authorization_endpoint":                authority + "/oauth2/v2.0/authorize",
			"device_authorization_endpoint":         authority + "/oauth2/v2.0/devicecode",
			"jwks_uri":                              authority + "/discovery/v2.0/keys",
			"response_types_supported":              []string{"token"},
			"subject_types_supported":               []string{"pairwise"},
			"id_token_signing_alg_values_supported": []string{"RS256"},
			"token_endpoint_auth_methods_supported": []string{"client_secret_post", "private_key_jwt"},
			"tenant_region_scope":                   "EU",
		})
	case "GET keys":
		return respond(http.StatusOK, map[string]any{"keys": []any{}})
	case "POST token":
		return issue(q, authority)
	}
	return loginRefusal(http.StatusNotFound, "invalid_request", "AADSTS900144: This sandbox's token endpoint does not model "+call.Operation+".")
}

// issue answers the client-credentials grant. Any secret opens the sandbox,
// but there has to be one.
func issue(q *request, authority string) *sandbox.Response {
	form, err := url.ParseQuery(string(q.call.Body))
	refusal := func(status int, code, message string) *sandbox.Response {
		q.call.Code = code
		return loginRefusal(status, code, message)
	}
	client := form.Get("client_id")
	switch {
	case err != nil || q.call.Request.Method != http.MethodPost:
		return refusal(http.StatusBadRequest, "invalid_request", "AADSTS900144: The request body is not a form.")
	case form.Get("grant_type") != "client_credentials":
		return refusal(http.StatusBadRequest, "unsupported_grant_type", "AADSTS70003: This sandbox's token endpoint models the grant client_credentials only.")
	case !isGUID(client):
		return refusal(http.StatusBadRequest, "unauthorized_client", "AADSTS700016: Application with identifier '"+client+"' was not found in the directory.")
	case form.Get("client_secret") == "" && form.Get("client_assertion") == "":
		return refusal(http.StatusUnauthorized, "invalid_client", "AADSTS7000218: The request body must contain 'client_assertion' or 'client_secret'.")
	case form.Get("scope") == "":
		return refusal(http.StatusBadRequest, "invalid_scope", "AADSTS90014: The required field 'scope' is missing.")
	}
	now := q.tx.Now()
	realm := q.tx.Realm()
	claims := map[string]any{
		"aud": strings.TrimSuffix(form.Get("scope"), "/.default"), "iss": authority + "/v2.0",
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Unix() + 3600,
		"tid": tenant(q.tx), "appid": client, "oid": derived(realm, "object of "+client), "idtyp": "app", "ver": "1.0",
	}
	return respond(http.StatusOK, map[string]any{
		"token_type": "Bearer", "expires_in": 3599, "ext_expires_in": 3599, "access_token": unsigned(claims),
	})
}

// unsigned is a JWT that nobody can check: this sandbox's own.
func unsigned(claims map[string]any) string {
	head, _ := json.Marshal(map[string]any{"typ": "JWT", "alg": "none"}) // strings always encode
	body, err := json.Marshal(claims)
	if err != nil {
		panic("azureapi: encode claims: " + err.Error()) // texts and numbers only
	}
	encode := base64.RawURLEncoding.EncodeToString
	return encode(head) + "." + encode(body) + "." + encode([]byte("sandbox"))
}

func loginRefusal(status int, code, message string) *sandbox.Response {
	return respond(status, map[string]any{
		"error": code, "error_description": message, "error_codes": []any{}, "trace_id": "", "correlation_id": "",
	})
}
