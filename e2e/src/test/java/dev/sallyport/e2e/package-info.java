/// The house as a user meets it: the real launcher and the laid-out program, started as processes.
///
/// It may use processes, files and public documents, and no class of the product: what it knows of
/// sallyport is what a user can see. Enter by [dev.sallyport.e2e.Program], which starts the
/// command, and [dev.sallyport.e2e.Shop], the example repository that most tests attack.
@NullMarked
package dev.sallyport.e2e;

import org.jspecify.annotations.NullMarked;
