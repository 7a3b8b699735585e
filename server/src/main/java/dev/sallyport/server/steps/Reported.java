package dev.sallyport.server.steps;

import dev.sallyport.server.runs.Product;
import dev.sallyport.server.runs.Runs;
import dev.sallyport.server.runs.Step;
import java.util.List;
import java.util.regex.Pattern;

/// How a step ended, as its wrapper says.
///
/// @param exit the exit code of its command
/// @param abandoned the wrapper was told to stop before the command ended by itself
/// @param dependencies package URLs that lock files named before the command ran
/// @param usedSecrets names of the secrets that were delivered
/// @param tests one for each result file that was read
public record Reported(
    int exit,
    long seconds,
    boolean abandoned,
    List<Product> products,
    List<String> dependencies,
    List<String> usedSecrets,
    List<Step.Tests> tests) {
  private static final Pattern PURL = Pattern.compile("pkg:[\\x21-\\x7e]{1,500}");
  private static final int MAX_SECONDS = 7 * 24 * 3600;
  private static final int MAX_RESULTS = 1000;

  /// Checks and copies each part.
  public Reported {
    products = List.copyOf(products);
    dependencies = dependencies.stream().distinct().sorted().toList();
    usedSecrets = usedSecrets.stream().distinct().sorted().toList();
    tests = List.copyOf(tests);
    if (exit < 0 || exit > 255 || seconds < 0 || seconds > MAX_SECONDS) {
      throw new IllegalArgumentException("wanted an exit code and a duration");
    }
    if (products.size() > Runs.MAX_PRODUCTS
        || dependencies.size() > Runs.MAX_DEPENDENCIES
        || tests.size() > MAX_RESULTS
        || usedSecrets.size() > 32) {
      throw new IllegalArgumentException("too many products, dependencies or results");
    }
    if (products.stream().map(Product::name).distinct().count() != products.size()) {
      throw new IllegalArgumentException("two products have one name");
    }
    if (!dependencies.stream().allMatch(purl -> PURL.matcher(purl).matches())) {
      throw new IllegalArgumentException("a dependency is a package URL");
    }
    if (tests.stream().anyMatch(one -> one.passed() < 0 || one.failed() < 0 || one.skipped() < 0)) {
      throw new IllegalArgumentException("counts of tests are not negative");
    }
  }

  /// What it all comes to: a command that fails has failed whatever its result files say, and one
  /// whose result files name a failure has failed whatever it exits with.
  String outcome() {
    if (abandoned) {
      return "abandoned";
    }
    return exit == 0 && tests.stream().allMatch(one -> one.failed() == 0) ? "succeeded" : "failed";
  }

  /// What a test step found. A step that says how it ended and names no test has still run.
  Step.Tests found() {
    long passed = 0;
    long failed = 0;
    long skipped = 0;
    for (Step.Tests one : tests) {
      passed += one.passed();
      failed += one.failed();
      skipped += one.skipped();
    }
    boolean well = outcome().equals("succeeded");
    if (tests.isEmpty() && well) {
      passed = 1;
    }
    return new Step.Tests(passed, well ? failed : Math.max(1, failed), skipped);
  }
}
