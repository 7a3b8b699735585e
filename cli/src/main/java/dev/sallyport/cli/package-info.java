/// The `sallyport` command: verify where the code lies, ask a server, run the demo.
///
/// Floor 3: it may use every library and never `server`. Enter by [dev.sallyport.cli.Main].
@NullMarked
package dev.sallyport.cli;

import org.jspecify.annotations.NullMarked;
