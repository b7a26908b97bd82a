package io.conveyor.backend.s3;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.IdentityProvider;
import software.amazon.awssdk.identity.spi.ResolveIdentityRequest;

/**
 * Credentials as somebody else gives them, but for the failure, which says that it is theirs ({@link S3CredentialsException}): the SDK throws for it what it throws
 * where a connection breaks, or the {@link AwsServiceException} of another service. Any thread.
 */
record S3Credentials(IdentityProvider<AwsCredentialsIdentity> provider)
        implements IdentityProvider<AwsCredentialsIdentity> {

    @Override
    public Class<AwsCredentialsIdentity> identityType() {
        return provider.identityType();
    }

    @Override
    public CompletableFuture<? extends AwsCredentialsIdentity> resolveIdentity(ResolveIdentityRequest request) {
        CompletableFuture<? extends AwsCredentialsIdentity> found;
        try {
            found = provider.resolveIdentity(request);
        } catch (RuntimeException e) {
            throw said(e);
        }
        return found.<AwsCredentialsIdentity>handle((identity, failure) -> {
            if (failure != null) {
                throw said(failure);
            }
            return identity;
        });
    }

    private static RuntimeException said(Throwable failure) {
        Throwable own =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        // an interrupt is this side's own
        return own instanceof AbortedException interrupted ? interrupted : new S3CredentialsException(own);
    }
}
