package dev.sallyport.server.policies;

import dev.sallyport.gate.PolicyRefused;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Source;
import dev.sallyport.server.ledger.Actor;
import dev.sallyport.server.ledger.Digest;
import dev.sallyport.server.ledger.EntryType;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.ledger.Subject;
import dev.sallyport.server.settings.DataFolder;
import dev.sallyport.server.settings.Settings;
import dev.sallyport.server.settings.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.springframework.stereotype.Component;

/// The policy in force: the files of `policy/` in the data folder where there are any, else the
/// profile of the configuration. Read once; what came into force stands in the ledger.
@Component
public final class Policies {
  private static final int MAX_FILES = 100;
  private static final int MAX_FILE_BYTES = 256 * 1024;

  private final PolicySnapshot current;

  Policies(DataFolder folder, Settings settings, Ledger ledger) {
    this.current = read(folder.file("policy"), settings);
    ledger.append(
        new Ledger.Draft(
            EntryType.POLICY,
            Actor.SERVER,
            "enforce",
            List.of(new Subject("PolicySet", current.name())),
            "in-force",
            new Digest(current.digest()),
            List.of(),
            null,
            null,
            null));
  }

  private static PolicySnapshot read(Path folder, Settings settings) {
    if (Files.notExists(folder)) {
      return PolicySnapshot.builtIn(settings.profile());
    }
    try (var files = Files.newDirectoryStream(folder, "*.cedar")) {
      var sources = new ArrayList<Source>();
      for (Path file : files) {
        if (sources.size() == MAX_FILES || Files.size(file) > MAX_FILE_BYTES) {
          throw new SettingsException(
              "policy/: at most " + MAX_FILES + " files of " + MAX_FILE_BYTES + " bytes");
        }
        sources.add(new Source(String.valueOf(file.getFileName()), Files.readString(file)));
      }
      return PolicySnapshot.read(sources);
    } catch (PolicyRefused e) {
      throw new SettingsException("policy/ is refused:\n" + e.getMessage(), e);
    } catch (IOException e) {
      throw new SettingsException("couldn't read `" + folder + "`", e);
    }
  }

  /// The policy in force, to be used for one whole ruling.
  public PolicySnapshot current() {
    return current;
  }
}
