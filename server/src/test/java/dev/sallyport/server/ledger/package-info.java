/// Tests of the record: format, durability, proofs, and every way to change it unseen.
@NullMarked
package dev.sallyport.server.ledger;

import org.jspecify.annotations.NullMarked;
