/** Storage on S3. */
@NullMarked
package io.conveyor.backend.s3;

import org.jspecify.annotations.NullMarked;
