/// The Cedar policy language (4.5) in plain Java: parse, evaluate, explain.
///
/// Floor 0: it depends on the JDK alone and carries its own JSON reader. Enter by
/// `PolicySet.parse`.
@NullMarked
package dev.sallyport.cedar;

import org.jspecify.annotations.NullMarked;
