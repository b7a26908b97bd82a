package io.conveyor.backend.s3;

import java.nio.file.OpenOption;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What is stored along with an object: as a default in {@link S3Options}, or for one object as an option of {@code open}. Immutable.
 *
 * <p>Fields that are not set are taken from the default, then from the object that is being changed, then from the store.
 */
public final class S3ObjectSettings implements OpenOption {

    private static final S3ObjectSettings NONE = builder().build();

    private final @Nullable String contentType;
    private final @Nullable String cacheControl;
    private final @Nullable String contentEncoding;
    private final @Nullable String contentDisposition;
    private final @Nullable String contentLanguage;
    private final @Nullable String storageClass;
    private final @Nullable String acl;
    private final @Nullable Map<String, String> metadata;
    private final @Nullable Map<String, String> tags;

    private S3ObjectSettings(Builder builder) {
        contentType = builder.contentType;
        cacheControl = builder.cacheControl;
        contentEncoding = builder.contentEncoding;
        contentDisposition = builder.contentDisposition;
        contentLanguage = builder.contentLanguage;
        storageClass = builder.storageClass;
        acl = builder.acl;
        metadata = builder.metadata;
        tags = builder.tags;
    }

    /** Settings that set nothing. */
    public static S3ObjectSettings none() {
        return NONE;
    }

    /** A builder that sets nothing. */
    public static Builder builder() {
        return new Builder();
    }

    /** These settings, and those of {@code other} where these set nothing. */
    S3ObjectSettings or(S3ObjectSettings other) {
        Builder merged = new Builder();
        merged.contentType = first(contentType, other.contentType);
        merged.cacheControl = first(cacheControl, other.cacheControl);
        merged.contentEncoding = first(contentEncoding, other.contentEncoding);
        merged.contentDisposition = first(contentDisposition, other.contentDisposition);
        merged.contentLanguage = first(contentLanguage, other.contentLanguage);
        merged.storageClass = first(storageClass, other.storageClass);
        merged.acl = first(acl, other.acl);
        merged.metadata = metadata != null ? metadata : other.metadata;
        merged.tags = tags != null ? tags : other.tags;
        return merged.build();
    }

    /** These settings with other tags. */
    S3ObjectSettings withTags(Map<String, String> values) {
        Builder changed = new Builder();
        changed.tags(values);
        return changed.build().or(this);
    }

    private static @Nullable String first(@Nullable String mine, @Nullable String other) {
        return mine != null ? mine : other;
    }

    @Nullable
    String contentType() {
        return contentType;
    }

    @Nullable
    String cacheControl() {
        return cacheControl;
    }

    @Nullable
    String contentEncoding() {
        return contentEncoding;
    }

    @Nullable
    String contentDisposition() {
        return contentDisposition;
    }

    @Nullable
    String contentLanguage() {
        return contentLanguage;
    }

    @Nullable
    String storageClass() {
        return storageClass;
    }

    @Nullable
    String acl() {
        return acl;
    }

    Map<String, String> metadata() {
        return metadata == null ? Map.of() : metadata;
    }

    /** Whether tags are set, be it none. */
    boolean hasTags() {
        return tags != null;
    }

    Map<String, String> tags() {
        return tags == null ? Map.of() : tags;
    }

    /** What is set, without values: metadata may be private. */
    @Override
    public String toString() {
        return "S3ObjectSettings[contentType=" + contentType + ", storageClass=" + storageClass + ", metadata="
                + metadata().keySet() + ", tags=" + tags().keySet() + "]";
    }

    /** Collects settings. Not for several threads at once. */
    public static final class Builder {

        private @Nullable String contentType;
        private @Nullable String cacheControl;
        private @Nullable String contentEncoding;
        private @Nullable String contentDisposition;
        private @Nullable String contentLanguage;
        private @Nullable String storageClass;
        private @Nullable String acl;
        private @Nullable Map<String, String> metadata;
        private @Nullable Map<String, String> tags;

        private Builder() {}

        /** The media type, such as {@code application/json}. */
        public Builder contentType(@Nullable String type) {
            contentType = type;
            return this;
        }

        /** What caches may do with the object. */
        public Builder cacheControl(@Nullable String value) {
            cacheControl = value;
            return this;
        }

        /** Codings applied to the content, such as {@code gzip}. */
        public Builder contentEncoding(@Nullable String value) {
            contentEncoding = value;
            return this;
        }

        /** How a browser presents the object. */
        public Builder contentDisposition(@Nullable String value) {
            contentDisposition = value;
            return this;
        }

        /** The natural language of the content. */
        public Builder contentLanguage(@Nullable String value) {
            contentLanguage = value;
            return this;
        }

        /** The storage class, as the store names it, such as {@code STANDARD_IA}. */
        public Builder storageClass(@Nullable String name) {
            storageClass = name;
            return this;
        }

        /**
         * A canned access control list, as the store names it, such as {@code bucket-owner-full-control}. An object that is changed gets it anew: S3 gives
         * each version its own list, and does not say which canned one it was.
         */
        public Builder acl(@Nullable String name) {
            acl = name;
            return this;
        }

        /** Metadata of the user; S3 takes 2 KB together, of which Conveyor needs 64 bytes. */
        public Builder metadata(Map<String, String> values) {
            metadata = Map.copyOf(values);
            return this;
        }

        /** Tags of the object. If they are not set, an object that is changed keeps those it has. */
        public Builder tags(Map<String, String> values) {
            tags = Map.copyOf(new TreeMap<>(values));
            return this;
        }

        /** The settings. */
        public S3ObjectSettings build() {
            return new S3ObjectSettings(this);
        }
    }
}
