/// Real data that nobody here wrote, unpacked where it lies, and chance with a printed seed.
///
/// For tests only; nothing here is shipped. It may use JUnit. Enter by
/// [dev.sallyport.testdata.SharedData] and [dev.sallyport.testdata.Seed].
@NullMarked
package dev.sallyport.testdata;

import org.jspecify.annotations.NullMarked;
