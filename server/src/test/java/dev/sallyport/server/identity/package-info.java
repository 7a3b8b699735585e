/// Tests of how issuers' keys are had and kept.
@NullMarked
package dev.sallyport.server.identity;

import org.jspecify.annotations.NullMarked;
