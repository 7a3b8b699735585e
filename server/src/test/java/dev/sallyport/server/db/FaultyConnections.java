package dev.sallyport.server.db;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Set;
import javax.sql.DataSource;

/// Real connections that fail at the n-th step of writing, before the step was made or after.
///
/// A step is an update or a commit. What happened on the disk is real: a failure after a commit
/// leaves it made and its maker in the dark.
public final class FaultyConnections {
  private static final Set<String> STEPS = Set.of("executeUpdate", "commit");

  private final DataSource real;
  private int stepsUntilFailure = Integer.MAX_VALUE;
  private boolean afterwards;
  private int steps;

  /// Over these connections.
  public FaultyConnections(DataSource real) {
    this.real = real;
  }

  /// Fails once, at the given step from now on, counted from 0.
  public void failAt(int step, boolean afterwards) {
    this.stepsUntilFailure = step;
    this.afterwards = afterwards;
  }

  /// Steps made so far.
  public int steps() {
    return steps;
  }

  /// What to hand to [Database#over].
  public DataSource source() {
    return wrap(DataSource.class, real);
  }

  private <T> T wrap(Class<T> type, T target) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> call(target, method, arguments)));
  }

  private Object call(Object target, Method method, Object[] arguments) throws Throwable {
    boolean step = STEPS.contains(method.getName());
    boolean failing = step && stepsUntilFailure-- == 0;
    if (step) {
      steps++;
    }
    if (failing && !afterwards) {
      throw new SQLException("the plug was pulled before " + method.getName());
    }
    Object result;
    try {
      result = method.invoke(target, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause() == null ? e : e.getCause();
    }
    if (failing) {
      throw new SQLException("the plug was pulled after " + method.getName());
    }
    return switch (result) {
      // SQLite's statements are their own metadata too: only where a statement is what was asked
      // for.
      case PreparedStatement statement
          when method.getReturnType().isAssignableFrom(PreparedStatement.class) ->
          wrap(PreparedStatement.class, statement);
      case Connection connection -> wrap(Connection.class, connection);
      case null, default -> result;
    };
  }
}
