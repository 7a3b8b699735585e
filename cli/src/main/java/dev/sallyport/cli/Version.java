package dev.sallyport.cli;

import picocli.CommandLine.IVersionProvider;

/// What `--version` prints.
final class Version implements IVersionProvider {
  static final String NUMBER = "0.1.0";

  @Override
  public String[] getVersion() {
    return new String[] {"sallyport " + NUMBER, "JVM " + Runtime.version()};
  }
}
