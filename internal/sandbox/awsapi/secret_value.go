package awsapi

import (
	"fmt"
	"net/http"
	"slices"
)

func updateSecret(q *request) (any, error) {
	var in struct {
		secretID
		ClientRequestToken    string
		Description, KmsKeyId *string
		SecretString          *string
		SecretBinary          []byte
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	s, err := in.live(q)
	if err != nil {
		return nil, err
	}
	if in.Description != nil {
		s.Description = *in.Description
	}
	if in.KmsKeyId != nil {
		if s.Key, err = secretKey(q, *in.KmsKeyId); err != nil {
			return nil, err
		}
	}
	version, err := s.put(q, in.ClientRequestToken, in.SecretString, in.SecretBinary, nil)
	if err != nil {
		return nil, err
	}
	s.Changed = q.tx.Now()
	secrets.Put(q.tx, s)
	return s.answer(version), nil
}

func putSecretValue(q *request) (any, error) {
	var in struct {
		secretID
		ClientRequestToken string
		SecretString       *string
		SecretBinary       []byte
		VersionStages      []string
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	s, err := in.live(q)
	if err != nil {
		return nil, err
	}
	if in.SecretString == nil && in.SecretBinary == nil {
		return nil, fail(http.StatusBadRequest, "InvalidRequestException", "You must provide either SecretString or SecretBinary.")
	}
	version, err := s.put(q, in.ClientRequestToken, in.SecretString, in.SecretBinary, in.VersionStages)
	if err != nil {
		return nil, err
	}
	s.Changed = q.tx.Now()
	secrets.Put(q.tx, s)
	out := s.answer(version)
	out["VersionStages"] = s.stages()[version]
	return out, nil
}

func getSecretValue(q *request) (any, error) {
	var in struct {
		secretID
		VersionId, VersionStage string
	}
	if err := q.decode(&in); err != nil {
		return nil, err
	}
	s, err := in.live(q)
	if err != nil {
		return nil, err
	}
	stage := in.VersionStage
	if stage == "" && in.VersionId == "" {
		stage = "AWSCURRENT"
	}
	i := slices.IndexFunc(s.Versions, func(v secretVersion) bool {
		return (in.VersionId == "" || v.ID == in.VersionId) && (stage == "" || slices.Contains(v.Stages, stage))
	})
	if i < 0 {
		what := "staging label: " + stage
		if in.VersionId != "" {
			what = "VersionId: " + in.VersionId
		}
		return nil, fail(http.StatusBadRequest, "ResourceNotFoundException", "Secrets Manager can't find the specified secret value for %s", what)
	}
	v := s.Versions[i]
	value, err := unseal(v.Sealed)
	if err != nil {
		return nil, fail(http.StatusBadRequest, "DecryptionFailure",
			"Secrets Manager can't decrypt the secret value: the sandbox keeps no key on disk, and this value was put by another process. Put it again. (%v)", err)
	}
	out := s.answer(v.ID)
	out["VersionStages"], out["CreatedDate"] = v.Stages, epoch(v.Created)
	if v.Binary {
		out["SecretBinary"] = value
	} else {
		out["SecretString"] = string(value)
	}
	return out, nil
}

// put adds a version with a value. Without a value it does nothing.
func (s *secret) put(q *request, token string, text *string, binary []byte, stages []string) (string, error) {
	value := binary
	switch {
	case text == nil && binary == nil:
		return "", nil
	case text != nil && binary != nil:
		return "", fail(http.StatusBadRequest, "InvalidParameterException", "You can't specify both a binary secret value and a string secret value in the same secret.")
	case text != nil:
		value = []byte(*text)
	}
	if len(value) == 0 || len(value) > 65536 {
		return "", secretValidation("The secret value has 1 to 65536 bytes, not %d.", len(value))
	}
	if token == "" {
		token = q.tx.UUID()
	}
	if len(token) < 32 || len(token) > 64 {
		return "", secretValidation("ClientRequestToken has 32 to 64 characters.")
	}
	if i := slices.IndexFunc(s.Versions, func(v secretVersion) bool { return v.ID == token }); i >= 0 {
		old, err := unseal(s.Versions[i].Sealed)
		if err != nil || string(old) != string(value) {
			return "", fail(http.StatusBadRequest, "ResourceExistsException", "You can't use ClientRequestToken %s because that value is already in use for a version of secret %s.", token, s.ID)
		}
		return token, nil
	}
	box, err := seal(value)
	if err != nil {
		return "", fmt.Errorf("seal a secret's value: %w", err)
	}
	if len(stages) == 0 {
		stages = []string{"AWSCURRENT"}
	}
	s.Versions = relabel(s.Versions, stages)
	s.Versions = append(s.Versions, secretVersion{ID: token, Stages: stages, Created: q.tx.Now(), Binary: text == nil, Sealed: box})
	return token, nil
}

// relabel takes labels from older versions; who loses AWSCURRENT becomes
// AWSPREVIOUS.
func relabel(versions []secretVersion, stages []string) []secretVersion {
	out := slices.Clone(versions)
	current := slices.Contains(stages, "AWSCURRENT")
	for i := range out {
		was := slices.Contains(out[i].Stages, "AWSCURRENT")
		out[i].Stages = slices.DeleteFunc(slices.Clone(out[i].Stages), func(label string) bool {
			return slices.Contains(stages, label) || current && label == "AWSPREVIOUS"
		})
		if current && was {
			out[i].Stages = append(out[i].Stages, "AWSPREVIOUS")
		}
	}
	return out
}
