/// Hard-coded secrets: credentials that stand in a file for everyone who can read it.
///
/// It may use the nouns of `scan` alone. Enter by [dev.sallyport.scan.secrets.Secrets].
@NullMarked
package dev.sallyport.scan.secrets;

import org.jspecify.annotations.NullMarked;
