package dev.sallyport.server.sentinel;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// Real connections of a process that dies: from the n-th step of writing on nothing works any
/// more.
///
/// What was written before stays, as after kill -9. Several databases can share one life.
final class Mortal {
  private static final Set<String> STEPS = Set.of("executeUpdate", "commit");

  /// How many steps a life has left; shared by the databases of one process.
  static final class Life {
    private final AtomicInteger left;
    private final AtomicInteger made = new AtomicInteger();

    Life(int steps) {
      this.left = new AtomicInteger(steps);
    }

    static Life eternal() {
      return new Life(Integer.MAX_VALUE);
    }

    boolean isOver() {
      return left.get() <= 0;
    }

    int made() {
      return made.get();
    }
  }

  private Mortal() {}

  static DataSource source(DataSource real, Life life) {
    return wrap(DataSource.class, real, life);
  }

  private static <T> T wrap(Class<T> type, T target, Life life) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> call(target, method, arguments, life)));
  }

  private static @Nullable Object call(
      Object target, Method method, @Nullable Object @Nullable [] arguments, Life life)
      throws Throwable {
    String name = method.getName();
    boolean step = STEPS.contains(name);
    if (step) {
      life.made.incrementAndGet();
      if (life.left.decrementAndGet() <= 0) {
        throw new SQLException("the process is dead");
      }
    } else if (life.isOver() && (name.equals("getConnection") || name.startsWith("prepare"))) {
      throw new SQLException("the process is dead");
    }
    Object result;
    try {
      result = method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
    return switch (result) {
      // SQLite's statements are their own ParameterMetaData; those are handed on as they are.
      case PreparedStatement statement when method.getReturnType() == PreparedStatement.class ->
          wrap(PreparedStatement.class, statement, life);
      case Connection connection -> wrap(Connection.class, connection, life);
      case null, default -> result;
    };
  }
}
