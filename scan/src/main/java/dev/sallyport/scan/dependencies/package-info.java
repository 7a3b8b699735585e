/// Dependencies: lock files to components, components to an SBOM, and both against advisories.
///
/// It may use the nouns of `scan`, JSON, purl and CycloneDX. Enter by
/// [dev.sallyport.scan.dependencies.Dependencies] and [dev.sallyport.scan.dependencies.Advisories].
@NullMarked
package dev.sallyport.scan.dependencies;

import org.jspecify.annotations.NullMarked;
