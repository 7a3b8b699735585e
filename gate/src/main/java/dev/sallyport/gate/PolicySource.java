package dev.sallyport.gate;

/// One file of policy text; `name` is how refusals and rulings speak of it.
public record PolicySource(String name, String text) {}
