package dev.sallyport.server.db;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// A fail point for whole-process tests: the process dies, as by kill -9, right after its n-th step
/// of writing. Only there when `-Dsallyport.haltAfterWrites=N` stands on the command line, where
/// whoever can write it could as well kill the process.
///
/// A step is an update or a commit, counted over all databases of the process from its start. With
/// `-Dsallyport.haltAfterWrites=@FILE` they are counted while that file is there, and its text is
/// N: so one start serves many quiet acts and then the one that is to be cut short.
final class HaltingConnections {
  private static final @Nullable String PROPERTY = System.getProperty("sallyport.haltAfterWrites");
  private static final Set<String> STEPS = Set.of("executeUpdate", "commit");
  private static final int KILLED = 137;
  private static final AtomicLong WRITTEN = new AtomicLong();

  private HaltingConnections() {}

  /// `real`, unless the process is to die.
  static DataSource around(DataSource real) {
    return PROPERTY == null ? real : wrap(DataSource.class, real, PROPERTY);
  }

  private static <T> T wrap(Class<T> type, T target, String halt) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> call(target, method, arguments, halt)));
  }

  private static @Nullable Object call(
      Object target, Method method, @Nullable Object @Nullable [] arguments, String halt)
      throws Throwable {
    Object result;
    try {
      result = method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
    if (STEPS.contains(method.getName()) && isLast(halt)) {
      Runtime.getRuntime().halt(KILLED);
    }
    return switch (result) {
      // SQLite's statements are their own ParameterMetaData; those are handed on as they are.
      case PreparedStatement statement when method.getReturnType() == PreparedStatement.class ->
          wrap(PreparedStatement.class, statement, halt);
      case Connection connection -> wrap(Connection.class, connection, halt);
      case null, default -> result;
    };
  }

  private static boolean isLast(String halt) {
    if (!halt.startsWith("@")) {
      return WRITTEN.incrementAndGet() == Long.parseLong(halt);
    }
    try {
      String wanted = Files.readString(Path.of(halt.substring(1))).strip();
      return WRITTEN.incrementAndGet() >= Long.parseLong(wanted);
    } catch (NoSuchFileException e) {
      WRITTEN.set(0);
      return false;
    } catch (IOException e) {
      throw new UncheckedIOException("couldn't read when to halt", e);
    }
  }
}
