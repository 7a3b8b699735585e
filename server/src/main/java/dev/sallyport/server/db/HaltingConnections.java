package dev.sallyport.server.db;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
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
/// A step is an update or a commit, counted over all databases of the process from its start.
final class HaltingConnections {
  private static final String PROPERTY = "sallyport.haltAfterWrites";
  private static final Set<String> STEPS = Set.of("executeUpdate", "commit");
  private static final int KILLED = 137;
  private static final AtomicLong LEFT = new AtomicLong(Long.getLong(PROPERTY, Long.MAX_VALUE));

  private HaltingConnections() {}

  /// `real`, unless the process is to die.
  static DataSource around(DataSource real) {
    return Long.getLong(PROPERTY) == null ? real : wrap(DataSource.class, real);
  }

  private static <T> T wrap(Class<T> type, T target) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> call(target, method, arguments)));
  }

  private static @Nullable Object call(
      Object target, Method method, @Nullable Object @Nullable [] arguments) throws Throwable {
    Object result;
    try {
      result = method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
    if (STEPS.contains(method.getName()) && LEFT.decrementAndGet() == 0) {
      Runtime.getRuntime().halt(KILLED);
    }
    return switch (result) {
      // SQLite's statements are their own ParameterMetaData; those are handed on as they are.
      case PreparedStatement statement when method.getReturnType() == PreparedStatement.class ->
          wrap(PreparedStatement.class, statement);
      case Connection connection -> wrap(Connection.class, connection);
      case null, default -> result;
    };
  }
}
