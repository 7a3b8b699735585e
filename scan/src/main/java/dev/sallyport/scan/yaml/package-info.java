/// YAML from people we don't trust, read into plain values with their lines.
///
/// It may use a YAML parser and nothing of `scan`. Enter by [dev.sallyport.scan.yaml.YamlReader].
@NullMarked
package dev.sallyport.scan.yaml;

import org.jspecify.annotations.NullMarked;
