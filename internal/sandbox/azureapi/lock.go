package azureapi

import (
	"net/http"
	"strings"
)

const lockType = "Microsoft.Authorization/locks"

// lockTypes is the management lock. A lock holds for what it hangs on and all
// below; a delete is also stopped by a lock below, since it would take the
// locked resource along.
func lockTypes() []*resourceType {
	return []*resourceType{{
		name: lockType, anywhere: true, badInput: "InvalidLockRequest",
		properties: fields{
			"level":  oneOf("CanNotDelete", "ReadOnly").need(),
			"notes":  text().rule(atMost(512)),
			"owners": list(object(fields{"applicationId": text()})),
		},
		names: func(name string) string {
			if len(name) > 260 || strings.ContainsAny(name, `<>%&\?/`) {
				return `can have up to 260 characters, without < > % & \ ? /`
			}
			return ""
		},
		show: showSystemData,
	}}
}

func showSystemData(_ *request, r *resource, out map[string]any) { out["systemData"] = systemData(r) }

// atMost bounds a text's length.
func atMost(n int) func(string) string {
	return func(s string) string {
		if len(s) > n {
			return "is longer than allowed"
		}
		return ""
	}
}

// unlocked refuses what a lock forbids: any change under ReadOnly, a delete
// under CanNotDelete as well. Locks themselves can always be removed.
func (q *request) unlocked(id string, deleting bool) error {
	if strings.Contains(id, "/providers/microsoft.authorization/locks/") {
		return nil
	}
	if err := q.undenied(id); err != nil {
		return err
	}
	for _, lock := range q.all(lockType) {
		on := scopeOf(lock.ID)
		covers := on == id || strings.HasPrefix(id, on+"/")
		inside := deleting && strings.HasPrefix(on, id+"/")
		readOnly := textAt(lock.Properties, "level") == "ReadOnly"
		if (covers && (deleting || readOnly)) || inside {
			verb := "write"
			if deleting {
				verb = "delete"
			}
			return refuse(http.StatusConflict, "ScopeLocked",
				"The scope '%s' cannot perform %s operation because following scope(s) are locked: '%s'. Please remove the lock and try again.", id, verb, on)
		}
	}
	return nil
}

// undenied refuses callers' changes in a group that AKS keeps for itself.
func (q *request) undenied(id string) error {
	a, _ := parseAddress(id)
	group := q.get(a.groupID())
	if group == nil {
		return nil
	}
	cluster := q.get(textAt(group.Properties, "flat", "managedBy"))
	if cluster == nil || textAt(cluster.Properties, "nodeResourceGroupProfile", "restrictionLevel") != "ReadOnly" {
		return nil
	}
	return refuse(http.StatusForbidden, "DenyAssignmentAuthorizationFailed",
		"The client '%s' with object id '%s' has permission to perform an action on scope '%s'; however, the access is denied because of the deny assignment with name 'Created by AKS managed cluster %s' at scope '%s'.",
		q.caller, q.caller, id, cluster.Name, group.Path)
}
