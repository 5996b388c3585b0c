package ledger

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"
)

// BlobConfig is a blob of an Azure storage account.
type BlobConfig struct {
	// ContainerURL is the container, https://ACCOUNT.blob.core.windows.net/CONTAINER.
	// With a shared access signature it needs no other identity; without one the
	// default chain of the Azure SDK finds one.
	ContainerURL string
	Blob         string
}

// blobStore keeps the document in one blob, replaced by its ETag. Turn on
// versioning: it is the ledger's history.
type blobStore struct {
	config BlobConfig

	mu     sync.Mutex
	client *blockblob.Client
}

// String leaves out the query, which may be a signature.
func (b *blobStore) String() string {
	address, _, _ := strings.Cut(b.config.ContainerURL, "?")
	return address + "/" + b.config.Blob
}

func (b *blobStore) open() (*blockblob.Client, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.client != nil {
		return b.client, nil
	}
	address, err := url.Parse(b.config.ContainerURL)
	if err != nil || address.Host == "" {
		return nil, errors.New("container_url is not a URL such as https://ACCOUNT.blob.core.windows.net/CONTAINER")
	}
	var inside *container.Client
	if address.Query().Has("sig") {
		inside, err = container.NewClientWithNoCredential(b.config.ContainerURL, nil)
	} else {
		var identity *azidentity.DefaultAzureCredential
		if identity, err = azidentity.NewDefaultAzureCredential(nil); err == nil {
			inside, err = container.NewClient(b.config.ContainerURL, identity, nil)
		}
	}
	if err != nil {
		return nil, redact(err)
	}
	b.client = inside.NewBlockBlobClient(b.config.Blob)
	return b.client, nil
}

// redact keeps what the SDK says, but not the URL that it said it of: that may
// carry a signature.
func redact(err error) error {
	var answer *azcore.ResponseError
	if errors.As(err, &answer) {
		return errors.New("Azure answers " + http.StatusText(answer.StatusCode) + ", " + answer.ErrorCode)
	}
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

func (b *blobStore) load(ctx context.Context) (data []byte, version string, err error) {
	client, err := b.open()
	if err != nil {
		return nil, "", err
	}
	got, err := client.DownloadStream(ctx, nil)
	if err != nil {
		if bloberror.HasCode(err, bloberror.BlobNotFound) {
			return nil, "", nil
		}
		return nil, "", redact(err)
	}
	defer func() { err = errors.Join(err, got.Body.Close()) }()
	if data, err = io.ReadAll(got.Body); err != nil {
		return nil, "", redact(err)
	}
	return data, string(*got.ETag), nil
}

func (b *blobStore) begin(context.Context) (func(), error) { return func() {}, nil }

func (b *blobStore) save(ctx context.Context, data []byte, version string) error {
	client, err := b.open()
	if err != nil {
		return err
	}
	conditions := &blob.ModifiedAccessConditions{IfNoneMatch: to.Ptr(azcore.ETagAny)}
	if version != "" {
		conditions = &blob.ModifiedAccessConditions{IfMatch: to.Ptr(azcore.ETag(version))}
	}
	_, err = client.Upload(ctx, body{bytes.NewReader(data)}, &blockblob.UploadOptions{
		HTTPHeaders:      &blob.HTTPHeaders{BlobContentType: to.Ptr("application/json")},
		AccessConditions: &blob.AccessConditions{ModifiedAccessConditions: conditions},
	})
	switch {
	case err == nil:
		return nil
	case bloberror.HasCode(err, bloberror.ConditionNotMet, bloberror.BlobAlreadyExists, bloberror.BlobNotFound):
		return errLost
	default:
		return redact(err)
	}
}

// body is what the SDK sends: it rewinds it to ask again.
type body struct{ *bytes.Reader }

// Close implements io.Closer.
func (body) Close() error { return nil }
