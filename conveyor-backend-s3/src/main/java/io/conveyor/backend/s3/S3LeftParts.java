package io.conveyor.backend.s3;

import java.util.Map;

/**
 * What the store has of an upload of a process that has died.
 *
 * @param checksum what further parts are sent with: as the upload was begun, whatever this process would begin one with
 * @param byNumber its parts
 */
record S3LeftParts(S3PartChecksum checksum, Map<Integer, S3LeftPart> byNumber) {}
