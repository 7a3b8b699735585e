package dev.sallyport.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.springframework.modulith.core.ApplicationModules;

/// The rooms and their arrows, as each room's package-info declares them.
class RoomsTest {
  @Test
  void rooms_depend_only_on_what_they_declare() {
    ApplicationModules rooms = ApplicationModules.of(ServerApplication.class);
    assertThat(rooms.stream().map(room -> room.getIdentifier().toString()))
        .contains(
            "db",
            "settings",
            "ledger",
            "identity",
            "policies",
            "evidence",
            "decisions",
            "tokens",
            "api",
            "console");
    rooms.verify();
  }
}
