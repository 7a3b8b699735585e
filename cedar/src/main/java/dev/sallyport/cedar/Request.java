package dev.sallyport.cedar;

/// What is asked: may `principal` do `action` on `resource`, given `context`?
public record Request(
    EntityUid principal, EntityUid action, EntityUid resource, Value.Fields context) {}
