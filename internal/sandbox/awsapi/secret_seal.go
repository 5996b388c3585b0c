package awsapi

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"sync"
)

// Secret values are in the store only sealed, with a key that this process
// drew and writes nowhere. So the file of a sandbox, its backups and whatever
// prints it hold no secret, and a value can be read by the process that put it
// and by nobody else. kready manages no values; this is for those who try out
// what reads them.
var sealer = sync.OnceValues(func() (cipher.AEAD, error) {
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil { //nolint:forbidigo // a key drawn from the store's seed could be drawn again from its file
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
})

// seal encrypts a value for the store.
func seal(value []byte) (string, error) {
	aead, err := sealer()
	if err != nil {
		return "", err
	}
	return base64.StdEncoding.EncodeToString(aead.Seal(nil, nil, value, nil)), nil
}

// unseal decrypts what seal of this process made.
func unseal(sealed string) ([]byte, error) {
	aead, err := sealer()
	if err != nil {
		return nil, err
	}
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return nil, errors.New("the sealed value is damaged")
	}
	return aead.Open(nil, nil, raw, nil)
}
