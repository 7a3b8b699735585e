/// SQLite or PostgreSQL: connections, transactions, migrations, and the little that differs.
///
/// Floor 0: it may use no other room. Enter by [dev.sallyport.server.db.Database] and
/// [dev.sallyport.server.db.Dialect].
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.sallyport.server.db;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
