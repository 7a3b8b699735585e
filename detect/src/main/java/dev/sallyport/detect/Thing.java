package dev.sallyport.detect;

/// One thing that an event or a finding is about: its type in the vocabulary and its id.
public record Thing(String type, String id) {}
