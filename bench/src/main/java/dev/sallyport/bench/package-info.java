/// Speed, measured: one class a bench, its last line one JSON object.
///
/// Floor 4: it may use everything. Enter by `./build bench NAME`.
@NullMarked
package dev.sallyport.bench;

import org.jspecify.annotations.NullMarked;
