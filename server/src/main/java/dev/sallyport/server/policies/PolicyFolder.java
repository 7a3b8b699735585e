package dev.sallyport.server.policies;

import dev.sallyport.gate.PolicyRefused;
import dev.sallyport.gate.PolicySnapshot;
import dev.sallyport.gate.Source;
import dev.sallyport.server.settings.DataFolder;
import dev.sallyport.server.settings.Settings;
import dev.sallyport.server.settings.SettingsException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;

/// What the owner of the data folder wants in force: the files of `policy/` where there are any,
/// else the profile of the configuration.
///
/// `policy.seen` remembers what this folder said when it was last read. So an edit is told apart
/// from a difference: a node that joins with another folder changes nothing, an owner who edits his
/// does.
final class PolicyFolder {
  private static final String SEEN = "policy.seen";

  private final DataFolder folder;
  private final Settings settings;

  PolicyFolder(DataFolder folder, Settings settings) {
    this.folder = folder;
    this.settings = settings;
  }

  /// What it says.
  ///
  /// @param origin `folder` or `profile NAME`
  record Wish(PolicySnapshot snapshot, String origin) {
    boolean isProfile() {
      return !origin.equals("folder");
    }

    /// A profile's text is the program's and changes with it; its name is the owner's.
    String seen() {
      return isProfile() ? origin : origin + " " + snapshot.digest();
    }
  }

  /// Reads it.
  ///
  /// @throws SettingsException if it is there and cannot be used: then nothing starts
  Wish read() {
    Path files = folder.file("policy");
    if (Files.notExists(files)) {
      return new Wish(
          PolicySnapshot.builtIn(settings.profile()), "profile " + settings.profile().word());
    }
    try (var found = Files.newDirectoryStream(files, "*.cedar")) {
      var sources = new ArrayList<Source>();
      for (Path file : found) {
        if (sources.size() == Policies.MAX_FILES || Files.size(file) > Policies.MAX_FILE_BYTES) {
          throw new SettingsException(
              "policy/: at most %d files of %d bytes"
                  .formatted(Policies.MAX_FILES, Policies.MAX_FILE_BYTES));
        }
        sources.add(new Source(String.valueOf(file.getFileName()), Files.readString(file)));
      }
      return new Wish(Policies.checked(sources), "folder");
    } catch (PolicyRefused e) {
      throw new SettingsException("policy/ is refused:\n" + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new SettingsException("policy/: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new SettingsException("couldn't read `" + files + "`", e);
    }
  }

  /// Whether the owner changed it since it was last read here.
  boolean wasChanged(Wish wish) {
    Path seen = folder.file(SEEN);
    try {
      return Files.exists(seen) && !Files.readString(seen).strip().equals(wish.seen());
    } catch (IOException e) {
      throw new SettingsException("couldn't read `" + seen + "`", e);
    }
  }

  /// Remembers it.
  void remember(Wish wish) {
    folder.writePrivate(SEEN, wish.seen() + "\n");
  }
}
