/// What a repository holds: its history, secrets left in it, what its pipeline files allow, what it
/// depends on.
///
/// Floor 1: it may use floor 0. Everything it reads is hostile. Here stand only the nouns that its
/// subjects share; enter by [dev.sallyport.scan.secrets.Secrets],
/// [dev.sallyport.scan.pipeline.Pipeline], [dev.sallyport.scan.dependencies.Dependencies] or the
/// package `git`.
@NullMarked
package dev.sallyport.scan;

import org.jspecify.annotations.NullMarked;
