package dev.sallyport.server.ledger;

/// One thing that is wrong in a ledger, at leaf `index` (-1 where it is no leaf).
public record Finding(long index, String what) {
  @Override
  public String toString() {
    return index < 0 ? what : "entry " + index + " " + what;
  }
}
