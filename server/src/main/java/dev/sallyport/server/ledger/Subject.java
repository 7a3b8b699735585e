package dev.sallyport.server.ledger;

/// One thing an entry is about: its type in the vocabulary and its id, for an artifact its digest.
public record Subject(String type, String id) {
  public Subject {
    Entry.checkText("subject type", type);
    Entry.checkText("subject id", id);
  }
}
