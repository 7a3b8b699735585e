/// Detections: events of the ledger in, findings out, by pure state machines that a replay repeats.
///
/// Floor 0: it may use nothing of the house. It keeps nothing and asks nobody; whoever runs it
/// hands it inputs in order and keeps its memory. Enter by [dev.sallyport.detect.Watch].
@NullMarked
package dev.sallyport.detect;

import org.jspecify.annotations.NullMarked;
