package dev.sallyport.cedar;

import org.jspecify.annotations.Nullable;

/// Makes a policy of a template (Cedar: templates).
///
/// @param template the template's id
/// @param id of the policy it makes; answers name it by this
/// @param principal for `?principal`; null where the template has no such slot
/// @param resource for `?resource`; the same
public record Link(
    String template, String id, @Nullable EntityUid principal, @Nullable EntityUid resource) {}
