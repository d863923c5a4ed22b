// Package s3store keeps a shared state in a bucket of S3, or of a store that
// speaks its language and keeps conditional writes.
package s3store

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/tmsync/tmsync/state/shared"
)

// engine keeps a state as objects below one key: head.json, which is replaced on
// the condition of its ETag, and blobs beside it.
type engine struct {
	client *s3.Client
	config Config
}

// Open returns the engine of a bucket. It does not talk to the store.
func Open(ctx context.Context, c Config) (shared.Engine, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	client, err := c.client(ctx)
	if err != nil {
		return nil, err
	}
	return &engine{client: client, config: c}, nil
}

func (e *engine) Name() string { return "s3://" + e.config.Bucket + "/" + e.config.Key }

func (e *engine) Limits() shared.Limits { return shared.Limits{Parts: true, Fenced: true} }

const (
	headName = "head.json"
	// mostHead is more than a head ever has.
	mostHead = 1 << 20
)

func (e *engine) path(name string) *string { return aws.String(e.config.Key + "/" + name) }

func (e *engine) Head(ctx context.Context) ([]byte, string, error) { return e.read(ctx, headName) }

func (e *engine) read(ctx context.Context, name string) ([]byte, string, error) {
	out, err := e.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &e.config.Bucket, Key: e.path(name)})
	if absent(err) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", explain("reading the head", err)
	}
	defer out.Body.Close()
	data, err := io.ReadAll(io.LimitReader(out.Body, mostHead+1))
	switch {
	case err != nil:
		return nil, "", fmt.Errorf("reading the head: %w", err)
	case len(data) > mostHead:
		return nil, "", &shared.PermanentError{Err: fmt.Errorf("%s in the bucket has more than %d bytes: it is no head of tmsync", *e.path(name), mostHead)}
	case aws.ToString(out.ETag) == "":
		return nil, "", noETag()
	}
	return data, *out.ETag, nil
}

func (e *engine) SwapHead(ctx context.Context, old string, data []byte) (string, error) {
	return e.swap(ctx, headName, old, data)
}

func (e *engine) swap(ctx context.Context, name, old string, data []byte) (string, error) {
	in := e.put(name, int64(len(data)), bytes.NewReader(data))
	in.ContentType = aws.String("application/json")
	if old == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = &old
	}
	out, err := e.client.PutObject(ctx, in)
	switch {
	case refused(err), old != "" && absent(err):
		return "", shared.ErrConflict
	case err != nil:
		return "", explain("writing "+name, err)
	case aws.ToString(out.ETag) == "":
		return "", noETag()
	}
	return *out.ETag, nil
}

func noETag() error {
	return &shared.PermanentError{Err: errors.New("the store tells no ETag of what it keeps: tmsync needs it for conditional writes")}
}

func (e *engine) put(name string, size int64, r io.Reader) *s3.PutObjectInput {
	in := &s3.PutObjectInput{
		Bucket: &e.config.Bucket, Key: e.path(name), Body: r, ContentLength: &size,
		ServerSideEncryption: types.ServerSideEncryption(e.config.ServerSideEncryption),
		ACL:                  types.ObjectCannedACL(e.config.ACL),
	}
	if e.config.KMSKeyID != "" {
		in.SSEKMSKeyId = &e.config.KMSKeyID
	}
	if in.ServerSideEncryption == "" && e.config.KMSKeyID != "" {
		in.ServerSideEncryption = types.ServerSideEncryptionAwsKms
	}
	if in.ServerSideEncryption == "" && e.config.Encrypt {
		in.ServerSideEncryption = types.ServerSideEncryptionAes256
	}
	return in
}

func (e *engine) PutBlob(ctx context.Context, name string, size int64, r io.ReadSeeker) error {
	in := e.put(name, size, r)
	in.ContentType = aws.String("application/gzip")
	_, err := e.client.PutObject(ctx, in)
	return explain("writing "+name, err)
}

func (e *engine) Blob(ctx context.Context, name string) (io.ReadCloser, error) {
	out, err := e.client.GetObject(ctx, &s3.GetObjectInput{Bucket: &e.config.Bucket, Key: e.path(name)})
	if absent(err) {
		return nil, shared.ErrNoBlob
	}
	if err != nil {
		return nil, explain("reading "+name, err)
	}
	return out.Body, nil
}

func (e *engine) DeleteBlob(ctx context.Context, name string) error {
	_, err := e.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &e.config.Bucket, Key: e.path(name)})
	if absent(err) {
		return nil
	}
	return explain("deleting "+name, err)
}

// Blobs lists what lies directly below the key. Another state may have a key below
// this one: its objects are not ours.
func (e *engine) Blobs(ctx context.Context) (blobs []shared.BlobInfo, now time.Time, err error) {
	pages := s3.NewListObjectsV2Paginator(e.client, &s3.ListObjectsV2Input{
		Bucket: &e.config.Bucket, Prefix: e.path(""), Delimiter: aws.String("/"),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, time.Time{}, explain("listing the blobs", err)
		}
		for _, o := range page.Contents {
			name := strings.TrimPrefix(aws.ToString(o.Key), *e.path(""))
			if name != headName && name != "" {
				blobs = append(blobs, shared.BlobInfo{Name: name, Stored: aws.ToTime(o.LastModified)})
			}
		}
		if now, err = date(awsmiddleware.GetRawResponse(page.ResultMetadata)); err != nil {
			return nil, time.Time{}, err
		}
	}
	return blobs, now, nil
}

// date is the store's own time of an answer.
func date(raw any) (time.Time, error) {
	r, ok := raw.(*smithyhttp.Response)
	if !ok {
		return time.Time{}, errors.New("the store's answer tells no time")
	}
	t, err := http.ParseTime(r.Header.Get("Date"))
	if err != nil {
		return time.Time{}, errors.New("the store's answer tells no time: it has no header Date")
	}
	return t, nil
}

func (e *engine) Probe(name string) shared.Register {
	return shared.Register{
		Read: func(ctx context.Context) ([]byte, string, error) { return e.read(ctx, name) },
		Swap: func(ctx context.Context, old string, data []byte) (string, error) {
			return e.swap(ctx, name, old, data)
		},
		Remove: func(ctx context.Context) error { return e.DeleteBlob(ctx, name) },
	}
}
