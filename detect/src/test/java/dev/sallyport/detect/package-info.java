/// Tests of the detectors: their laws by generated events, each rule by an attack and its harmless
/// twin.
@NullMarked
package dev.sallyport.detect;

import org.jspecify.annotations.NullMarked;
