package io.conveyor.samples.cloudaws;

import io.awspring.cloud.s3.S3Template;
import io.conveyor.Conveyor;
import io.conveyor.ConveyorFactory;
import io.conveyor.IOConsumer;
import java.io.IOException;
import java.net.URL;
import java.time.Duration;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.stereotype.Component;

/** Publishes reports: Conveyor writes them, and Spring Cloud AWS signs where they can be fetched. Any thread. */
@Component
class Publisher {

    private static final Duration VALID = Duration.ofHours(1);

    private final ConveyorFactory reports;
    private final S3Template s3;
    private final String bucket;

    Publisher(ConveyorFactory reports, S3Template s3, @Value("${conveyor.s3.bucket}") String bucket) {
        this.reports = reports;
        this.s3 = s3;
        this.bucket = bucket;
    }

    /** Where the report can be fetched for an hour, by whoever has the URL. */
    URL publish(String key, IOConsumer<? super Conveyor> report) throws IOException {
        reports.write(key, report);
        return s3.createSignedGetURL(bucket, key, VALID);
    }
}
