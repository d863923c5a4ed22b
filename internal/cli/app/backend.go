package app

import (
	"context"

	"github.com/tmsync/tmsync/config"
	"github.com/tmsync/tmsync/state/shared"
	"github.com/tmsync/tmsync/state/shared/httpstore"
	"github.com/tmsync/tmsync/state/shared/pgstore"
	"github.com/tmsync/tmsync/state/shared/s3store"
)

// openBackend returns the engine of a backend. It does not talk to the store.
func openBackend(ctx context.Context, b *config.Backend) (shared.Engine, error) {
	switch {
	case b.S3 != nil:
		return s3store.Open(ctx, s3Config(b.S3))
	case b.PG != nil:
		return pgstore.Open(ctx, pgstore.Config{
			ConnStr: b.PG.ConnStr, SchemaName: b.PG.Schema, Name: b.PG.Name, SkipSchemaCreation: b.PG.SkipSchemaCreation, SkipTableCreation: b.PG.SkipTableCreation,
		})
	}
	h := b.HTTP
	return httpstore.Open(ctx, httpstore.Config{
		Address: h.Address, UpdateMethod: h.UpdateMethod,
		LockAddress: h.LockAddress, LockMethod: h.LockMethod, UnlockAddress: h.UnlockAddress, UnlockMethod: h.UnlockMethod,
		Username: h.Username, Password: h.Password, SkipCertVerification: h.SkipCertVerification,
		ClientCACertificatePEM: h.ClientCAPEM, ClientCertificatePEM: h.ClientCertPEM, ClientPrivateKeyPEM: h.ClientKeyPEM,
	})
}

func s3Config(b *config.S3Backend) s3store.Config {
	c := s3store.Config{
		Bucket: b.Bucket, Key: b.Key, Region: b.Region, EndpointS3: b.Endpoint, EndpointSTS: b.STSEndpoint,
		UsePathStyle: b.UsePathStyle, UseDualstackEndpoint: b.UseDualstack, UseFIPSEndpoint: b.UseFIPS,
		Profile: b.Profile, AccessKey: b.AccessKey, SecretKey: b.SecretKey, Token: b.Token,
		SharedConfigFiles: b.SharedConfigFiles, SharedCredentialsFiles: b.SharedCredentialsFiles,
		CustomCABundle: b.CustomCABundle, Insecure: b.Insecure,
		Encrypt: b.Encrypt, ServerSideEncryption: b.ServerSideEncryption, KMSKeyID: b.KMSKeyID, ACL: b.ACL,
		SkipMetadataAPICheck: b.SkipMetadataAPICheck, EC2MetadataServiceEndpoint: b.MetadataEndpoint, EC2MetadataServiceMode: b.MetadataEndpointMode,
	}
	if r := b.AssumeRole; r != nil {
		c.AssumeRole = &s3store.AssumeRole{
			RoleARN: r.ARN, Duration: r.Duration, ExternalID: r.ExternalID, Policy: r.Policy, PolicyARNs: r.PolicyARNs,
			SessionName: r.SessionName, SourceIdentity: r.SourceIdentity, Tags: r.Tags, TransitiveTagKeys: r.TransitiveTagKeys,
		}
	}
	if r := b.WithWebIdentity; r != nil {
		c.AssumeRoleWithWebIdentity = &s3store.AssumeRoleWithWebIdentity{
			RoleARN: r.ARN, Duration: r.Duration, Policy: r.Policy, PolicyARNs: r.PolicyARNs, SessionName: r.SessionName,
			WebIdentityToken: b.WebIdentityToken, WebIdentityTokenFile: b.WebIdentityTokenFile,
		}
	}
	return c
}
