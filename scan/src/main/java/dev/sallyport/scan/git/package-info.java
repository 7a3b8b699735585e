/// A git repository where it lies: its history, its trees, its working files. JGit for objects
/// only.
///
/// It knows the nouns of `dev.sallyport.scan` and no other room. Everything in a repository is
/// hostile: nothing here runs a hook, reads a user's configuration for orders, or follows a link.
/// Enter by [dev.sallyport.scan.git.Repository].
@NullMarked
package dev.sallyport.scan.git;

import org.jspecify.annotations.NullMarked;
