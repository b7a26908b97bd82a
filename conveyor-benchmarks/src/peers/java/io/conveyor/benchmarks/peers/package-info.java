/** Other libraries that lead to objects on S3, each as it comes, in a profile of its own: they are many and large. */
@NullMarked
package io.conveyor.benchmarks.peers;

import org.jspecify.annotations.NullMarked;
