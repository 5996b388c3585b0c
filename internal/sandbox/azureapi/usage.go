package azureapi

import (
	"net/http"
	"strconv"
	"strings"
)

// limits are the defaults of what a subscription may have in a location.
var limits = map[string]int{
	"PublicIPAddresses": 1000,
}

// limit is a usage's limit in a location: the default, or what a person set.
func (q *request) limit(location, name string) int {
	return q.tx.SettingInt("azure/quota/"+location+"/"+name, limits[name])
}

// quota refuses what would exceed a limit in the new resource's location.
func (w *write) quota(name, code string, wanted int) error {
	limit := w.limit(w.r.Location, name)
	if wanted <= limit {
		return nil
	}
	return w.fail(http.StatusBadRequest, code, "Cannot create more than %s %s for this subscription in this region.", strconv.Itoa(limit), strings.ToLower(name))
}
