package dev.sallyport.scan;

/// Which subject a finding belongs to.
public enum Kind {
  /// A credential that stands in a file.
  SECRET,
  /// A pipeline file that lets someone do more than it should.
  PIPELINE,
  /// A component with a published advisory.
  DEPENDENCY
}
