package dev.sallyport.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sallyport.attest.AllowedSigners;
import dev.sallyport.attest.CommitObject;
import dev.sallyport.attest.CommitVerdict;
import dev.sallyport.attest.CommitVerifier;
import dev.sallyport.attest.PgpKeys;
import dev.sallyport.attest.RevokedKeys;
import dev.sallyport.attest.SignerTrust;
import dev.sallyport.keys.CertificatePath;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;

/// Commit signatures: verifications a second and core by kind, five thousand commits through the
/// command, and git itself.
///
/// CPU time of the measuring thread, best of several rounds, on a warm JVM: on a shared machine
/// wall time says little.
final class CommitsBench {
  private static final int BATCH = 200;
  private static final int ROUNDS = 12;
  private static final int HISTORY = 5_000;
  private static final int GIT_SAMPLE = 150;

  private final Instant now = Clock.systemUTC().instant();
  private final SignedHistory history = new SignedHistory(now);
  private final Figures figures = new Figures("commits");
  private final Path scratch;

  CommitsBench(Path scratch) {
    this.scratch = scratch;
  }

  Figures run() throws Exception {
    SignerTrust trust =
        new SignerTrust(
            AllowedSigners.parse(history.allowedSigners(), ZoneOffset.UTC),
            RevokedKeys.none(),
            PgpKeys.parse(List.of(history.pgpPublicKey())),
            CertificatePath.readPem(history.x509Root()));
    CommitVerifier verifier = new CommitVerifier(trust, now);
    figures.put("ssh_per_s_core", perSecond(verifier, this::sshKind));
    figures.put("pgp_per_s_core", perSecond(verifier, _ -> SignedHistory.Kind.PGP));
    figures.put("x509_per_s_core", perSecond(verifier, _ -> SignedHistory.Kind.X509));

    Path repository = scratch.resolve("history");
    history.writeRepository(repository, HISTORY);
    Path keyFile = Files.write(scratch.resolve("dev.asc"), history.pgpPublicKey());
    Path signers = Files.writeString(scratch.resolve("signers"), history.allowedSigners());
    double start = best(() -> command(List.of("--version")));
    double whole =
        best(() ->
            command(
                List.of(
                    "verify",
                    repository.toString(),
                    "--range",
                    "HEAD",
                    "--trust-here",
                    "--json",
                    "--signers",
                    signers.toString(),
                    "--keys",
                    keyFile.toString())));
    figures.put("verify_5000_s", whole - start);
    figures.put("jvm_start_s", start);
    git(repository, signers, keyFile, whole - start);
    return figures;
  }

  /// Of seven SSH commits: five Ed25519, one P-256, one RSA, as histories have them.
  private SignedHistory.Kind sshKind(int number) {
    return SignedHistory.mix(number % 7);
  }

  private static double perSecond(
      CommitVerifier verifier, IntFunction<SignedHistory.Kind> kinds, SignedHistory history) {
    List<byte[]> raws = new ArrayList<>();
    for (int number = 0; number < BATCH; number++) {
      raws.add(
          history.commit(
              kinds.apply(number), "4b825dc642cb6eb9a060e54bf8d69288fbee4904", List.of(), number));
    }
    var threads = ManagementFactory.getThreadMXBean();
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
      long before = threads.getCurrentThreadCpuTime();
      for (byte[] raw : raws) {
        CommitVerdict verdict = verifier.verify(CommitObject.parse(id(raw), raw));
        if (verdict.outcome() != CommitVerdict.Outcome.GOOD) {
          throw new IllegalStateException("a good commit is judged " + verdict);
        }
      }
      long spent = threads.getCurrentThreadCpuTime() - before;
      best = Math.max(best, BATCH * 1e9 / spent);
    }
    return best;
  }

  private double perSecond(CommitVerifier verifier, IntFunction<SignedHistory.Kind> kinds) {
    return perSecond(verifier, kinds, history);
  }

  private static String id(byte[] raw) {
    try {
      MessageDigest sha1 = MessageDigest.getInstance("SHA-1");
      sha1.update(("commit " + raw.length + "\0").getBytes(UTF_8));
      return HexFormat.of().formatHex(sha1.digest(raw));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /// git's own verdicts, a process a commit, on the newest commits of the same repository.
  private void git(Path repository, Path signers, Path keyFile, double ours) throws Exception {
    Path home = Files.createDirectory(scratch.resolve("gnupg"));
    Files.setPosixFilePermissions(home, PosixFilePermissions.fromString("rwx------"));
    try {
      run(
          List.of(
              "gpg", "--homedir", home.toString(), "-q", "--batch", "--import", keyFile.toString()),
          home);
      long before = System.nanoTime();
      String out =
          run(
              List.of(
                  "git",
                  "-C",
                  repository.toString(),
                  "-c",
                  "gpg.ssh.allowedSignersFile=" + signers,
                  "log",
                  "-" + GIT_SAMPLE,
                  "--format=%G?"),
              home);
      double each = (System.nanoTime() - before) / 1e9 / GIT_SAMPLE;
      long judged = out.lines().filter(line -> line.equals("G") || line.equals("U")).count();
      if (judged != GIT_SAMPLE) {
        System.err.println(
            "git judged " + judged + " of " + GIT_SAMPLE + ", its ratio is left out");
        return;
      }
      figures.peer("git_ms_a_commit", each * 1000);
      figures.ratio("git", each / (ours / HISTORY));
    } catch (IOException absent) {
      System.err.println("skipped: needs git and gpg on the PATH, which " + absent.getMessage());
    }
  }

  private static String run(List<String> command, Path gnupgHome) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().put("GNUPGHOME", gnupgHome.toString());
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), UTF_8);
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException("too slow: " + command);
    }
    return out;
  }

  private static double best(Callable<Double> measured) throws Exception {
    double best = Double.MAX_VALUE;
    for (int i = 0; i < 3; i++) {
      best = Math.min(best, measured.call());
    }
    return best;
  }

  private static double command(List<String> arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path")));
    command.add("dev.sallyport.cli.Main");
    command.addAll(arguments);
    long before = System.nanoTime();
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    var out = new ByteArrayOutputStream();
    process.getInputStream().transferTo(out);
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IllegalStateException("too slow: " + arguments);
    }
    String text = out.toString(UTF_8);
    if (arguments.getFirst().equals("verify") && !text.contains("\"good\" : " + HISTORY)) {
      throw new IllegalStateException(
          "not all commits were judged good: " + text.lines().limit(40).toList());
    }
    return (System.nanoTime() - before) / 1e9;
  }
}
