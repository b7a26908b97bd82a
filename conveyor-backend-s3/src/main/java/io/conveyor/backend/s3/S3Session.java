package io.conveyor.backend.s3;

/** What all handles of a backend share. Any thread. */
record S3Session(
        S3Options options,
        S3Limits limits,
        S3PartSizes sizes,
        S3PartPlanner planner,
        S3Errors errors,
        S3Backoff backoff,
        S3Requests requests,
        S3ChecksumProbe probe,
        S3Reader reader,
        S3Parallel parallel,
        S3InUse inUse) {}
