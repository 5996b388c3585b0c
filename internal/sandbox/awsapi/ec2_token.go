package awsapi

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/kready-io/terraform-provider-kready/internal/sandbox"
)

// clientToken remembers what a call with an idempotency token made.
type clientToken struct {
	sandbox.Meta
	Parameters string    `json:"parameters"` // digest of the request
	Object     string    `json:"object"`
	Made       time.Time `json:"made"`
}

var clientTokens = sandbox.NewTable[clientToken](cloud, "client-token")

// tokenLife is how long AWS remembers a token.
const tokenLife = 24 * time.Hour

// replayed returns the id that an earlier call with this request's ClientToken
// made, or "". The same token with other parameters is refused.
func (q *request) replayed() (string, error) {
	token := q.form.text("ClientToken")
	if token == "" {
		return "", nil
	}
	id, err := q.replayedToken(token, q.parameters())
	if id != "" {
		q.form.readAll() // they are those of the first time
	}
	return id, err
}

// replayedToken is replayed for protocols without a form: parameters is the
// body or a digest of it, without the token where tokens may differ.
func (q *request) replayedToken(token, parameters string) (string, error) {
	earlier, ok := clientTokens.Get(q.tx, q.region, q.tokenID(token))
	if !ok || q.tx.Now().Sub(earlier.Made) > tokenLife {
		return "", nil
	}
	if earlier.Parameters != digest(parameters) {
		return "", fail(http.StatusBadRequest, "IdempotentParameterMismatch",
			"The client token '%s' was used before, by a request with other parameters.", token)
	}
	q.object(earlier.Object)
	return earlier.Object, nil
}

// remember keeps what this request made, for replayed.
func (q *request) remember(id string) {
	if token := q.form.text("ClientToken"); token != "" {
		q.rememberToken(token, q.parameters(), id)
	}
}

func (q *request) rememberToken(token, parameters, id string) {
	for _, old := range clientTokens.List(q.tx, q.region) {
		if q.tx.Now().Sub(old.Made) > tokenLife {
			clientTokens.Delete(q.tx, q.region, old.ID)
		}
	}
	clientTokens.Put(q.tx, &clientToken{
		Meta:       sandbox.Meta{Region: q.region, ID: q.tokenID(token), Hidden: true},
		Parameters: digest(parameters), Object: id, Made: q.tx.Now(),
	})
}

func (q *request) tokenID(token string) string {
	return q.call.Service + "/" + q.call.Operation + "/" + digest(token)[:32]
}

func (q *request) parameters() string { return q.form.values.Encode() }

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}
