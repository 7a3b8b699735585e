package dev.sallyport.gate;

/// One file of policy text; `name` is how refusals and rulings speak of it.
public record Source(String name, String text) {}
