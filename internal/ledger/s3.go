package ledger

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// S3Config is an object of S3, or of a store that speaks S3 and honours
// conditional writes.
type S3Config struct {
	Bucket, Key string
	Region      string
	Profile     string // of the shared configuration, "" for the default
	EndpointURL string // of another store, "" for AWS; it is addressed by path
}

// s3Store keeps the document in one object. If-None-Match: * makes it, and
// If-Match replaces it. Turn on versioning: it is the ledger's history.
type s3Store struct {
	config S3Config

	mu     sync.Mutex
	client *s3.Client
	probed bool
}

func (s *s3Store) String() string { return "s3://" + s.config.Bucket + "/" + s.config.Key }

func (s *s3Store) open(ctx context.Context) (*s3.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		return s.client, nil
	}
	var options []func(*config.LoadOptions) error
	if s.config.Region != "" {
		options = append(options, config.WithRegion(s.config.Region))
	}
	if s.config.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(s.config.Profile))
	}
	loaded, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return nil, err
	}
	s.client = s3.NewFromConfig(loaded, func(o *s3.Options) {
		// Objects that a console or another store wrote have none.
		o.DisableLogOutputChecksumValidationSkipped = true
		if s.config.EndpointURL != "" {
			o.BaseEndpoint = aws.String(s.config.EndpointURL)
			o.UsePathStyle = true
		}
	})
	return s.client, nil
}

func (s *s3Store) load(ctx context.Context) (data []byte, version string, err error) {
	client, err := s.open(ctx)
	if err != nil {
		return nil, "", err
	}
	got, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(s.config.Bucket), Key: aws.String(s.config.Key)})
	if err != nil {
		if isNoObject(err) {
			return nil, "", nil
		}
		return nil, "", err
	}
	defer func() { err = errors.Join(err, got.Body.Close()) }()
	data, err = io.ReadAll(got.Body)
	return data, aws.ToString(got.ETag), err
}

// isNoObject tells a missing object from a missing bucket, which is an error.
func isNoObject(err error) bool {
	var code interface{ ErrorCode() string }
	return errors.As(err, &code) && code.ErrorCode() == "NoSuchKey"
}

func (s *s3Store) save(ctx context.Context, data []byte, version string) error {
	client, err := s.open(ctx)
	if err != nil {
		return err
	}
	return putObject(ctx, client, s.config.Bucket, s.config.Key, data, version)
}

// putObject writes one object on condition that it is of that version, "" for none.
func putObject(ctx context.Context, client *s3.Client, bucket, key string, data []byte, version string) error {
	input := &s3.PutObjectInput{
		Bucket: aws.String(bucket), Key: aws.String(key), Body: bytes.NewReader(data), ContentType: aws.String("application/json"),
	}
	if version == "" {
		input.IfNoneMatch = aws.String("*")
	} else {
		input.IfMatch = aws.String(version)
	}
	_, err := client.PutObject(ctx, input)
	var answer *awshttp.ResponseError
	if errors.As(err, &answer) {
		switch answer.HTTPStatusCode() {
		case http.StatusPreconditionFailed, http.StatusConflict:
			// 409 is a concurrent conditional write (S3 user guide,
			// "Conditional writes"). An answer that was lost and asked for again
			// comes back as 412: the next attempt finds its own records.
			return errLost
		case http.StatusNotFound:
			if version != "" && isNoObject(err) {
				return errLost
			}
		}
	}
	return err
}

// begin proves, before the first write, that the store honours conditions: one
// that ignores them would lose ranges.
func (s *s3Store) begin(ctx context.Context) (func(), error) {
	client, err := s.open(ctx)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.probed {
		if err := s.probe(ctx, client); err != nil {
			return nil, err
		}
		s.probed = true
	}
	return func() {}, nil
}

// probe writes an object beside the ledger on two conditions that can't hold.
// The object stays: removing it would race with other probes, and a second
// probe needs it.
func (s *s3Store) probe(ctx context.Context, client *s3.Client) error {
	key := s.config.Key + ".probe"
	const content = "kready proves with this object that the store honours conditional writes\n"
	if err := putObject(ctx, client, s.config.Bucket, key, []byte(content), ""); err != nil && !errors.Is(err, errLost) {
		return err
	}
	for _, condition := range []struct{ name, version string }{{"If-None-Match", ""}, {"If-Match", `"00000000000000000000000000000000"`}} {
		switch err := putObject(ctx, client, s.config.Bucket, key, []byte(content), condition.version); {
		case err == nil:
			return fmt.Errorf("the store ignores %s, so that two writers would overwrite each other. Use AWS S3, another store that honours conditional writes, or another kind of ledger", condition.name)
		case !errors.Is(err, errLost):
			return err
		}
	}
	return nil
}
