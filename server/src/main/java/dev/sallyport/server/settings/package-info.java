/// What the operator decided: the configuration, strictly read, and the data folder.
///
/// Floor 0: it may use no other room. Enter by [dev.sallyport.server.settings.Settings] and
/// [dev.sallyport.server.settings.DataFolder].
@NullMarked
@ApplicationModule(allowedDependencies = {})
package dev.sallyport.server.settings;

import org.jspecify.annotations.NullMarked;
import org.springframework.modulith.ApplicationModule;
