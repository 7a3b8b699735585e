/// Tests of the policy in force.
@NullMarked
package dev.sallyport.server.policies;

import org.jspecify.annotations.NullMarked;
