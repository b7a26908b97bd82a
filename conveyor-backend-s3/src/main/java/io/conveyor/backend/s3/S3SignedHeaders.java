package io.conveyor.backend.s3;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.scheme.AwsV4AuthScheme;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;
import software.amazon.awssdk.http.auth.spi.signer.AsyncSignRequest;
import software.amazon.awssdk.http.auth.spi.signer.AsyncSignedRequest;
import software.amazon.awssdk.http.auth.spi.signer.SignRequest;
import software.amazon.awssdk.http.auth.spi.signer.SignedRequest;
import software.amazon.awssdk.identity.spi.AwsCredentialsIdentity;
import software.amazon.awssdk.identity.spi.IdentityProvider;
import software.amazon.awssdk.identity.spi.IdentityProviders;

/**
 * Signs the headers of a request, and its body only if no header among them has the body's checksum. The SDK's synchronous client does so over TLS, and its
 * asynchronous ones always; over plain HTTP the synchronous client hashes each body once more and sends it in signed chunks, as this does where that is asked for.
 * Whoever fails to give credentials is {@linkplain S3Credentials named}.
 */
final class S3SignedHeaders implements AwsV4AuthScheme {

    /** What {@link S3Checksum} puts beside a body. */
    private static final List<String> CHECKSUMS =
            List.of("Content-MD5", "x-amz-checksum-crc32c", "x-amz-checksum-crc32");

    private final AwsV4AuthScheme scheme = AwsV4AuthScheme.create();
    private final AwsV4HttpSigner signer;

    /** A scheme that signs bodies, too, or leaves them out where it can. */
    S3SignedHeaders(boolean signBodies) {
        this.signer = signBodies ? scheme.signer() : new Signer(scheme.signer());
    }

    @Override
    public String schemeId() {
        return scheme.schemeId();
    }

    @Override
    public IdentityProvider<AwsCredentialsIdentity> identityProvider(IdentityProviders providers) {
        IdentityProvider<AwsCredentialsIdentity> provider = scheme.identityProvider(providers);
        return provider == null ? provider : new S3Credentials(provider);
    }

    @Override
    public AwsV4HttpSigner signer() {
        return signer;
    }

    private record Signer(AwsV4HttpSigner signer) implements AwsV4HttpSigner {

        @Override
        public SignedRequest sign(SignRequest<? extends AwsCredentialsIdentity> request) {
            return hasChecksum(request.request()) ? withoutBody(request) : signer.sign(request);
        }

        /** To the signer the request has no body; it is sent with one all the same. */
        private <T extends AwsCredentialsIdentity> SignedRequest withoutBody(SignRequest<T> request) {
            SignedRequest signed = signer.sign(request.toBuilder()
                    .payload(null)
                    .putProperty(PAYLOAD_SIGNING_ENABLED, false)
                    .putProperty(CHUNK_ENCODING_ENABLED, false)
                    .build());
            return SignedRequest.builder()
                    .request(signed.request())
                    .payload(request.payload().orElse(null))
                    .build();
        }

        @Override
        public CompletableFuture<AsyncSignedRequest> signAsync(
                AsyncSignRequest<? extends AwsCredentialsIdentity> request) {
            return signer.signAsync(request);
        }
    }

    private static boolean hasChecksum(SdkHttpRequest request) {
        return CHECKSUMS.stream()
                .anyMatch(name -> request.firstMatchingHeader(name).isPresent());
    }
}
