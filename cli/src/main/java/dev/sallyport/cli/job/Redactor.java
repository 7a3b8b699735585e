package dev.sallyport.cli.job;

import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collection;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Lets output through but for secrets in it, which become `[secret]`, however the output is cut
/// into pieces.
///
/// A secret is looked for as it is, and as programs tend to print it: base64 of both alphabets at
/// any alignment inside longer text, hexadecimal, percent-encoded, as a JSON string, and each
/// longer line of its own. Each form runs through the matcher of Knuth, Morris and Pratt; only the
/// bytes that may yet become one are held back, so that prompts appear at once. What a program
/// encrypts, compresses or prints in another way is not found: this keeps accidents out of logs,
/// not thieves.
public final class Redactor extends FilterOutputStream {
  /// A shorter secret would redact half of the log.
  public static final int SHORTEST = 6;

  private static final byte[] MARK = "[secret]".getBytes(StandardCharsets.US_ASCII);
  private static final int FLUSH_AT = 32 * 1024;

  private final List<Form> forms;
  private final boolean[] begins = new boolean[256];

  /// Guarded by this: bytes that wait, which of them are secret, and what goes out next.
  private byte[] waiting = new byte[4096];

  private boolean[] secret = new boolean[4096];
  private int count;
  private boolean marked;
  private final ByteArrayOutputStream ready = new ByteArrayOutputStream();

  /// @param values secrets of at least [#SHORTEST] bytes
  public Redactor(OutputStream out, Collection<byte[]> values) {
    super(out);
    Set<List<Byte>> seen = new LinkedHashSet<>();
    List<Form> all = new ArrayList<>();
    for (byte[] value : values) {
      for (byte[] form : forms(value)) {
        List<Byte> boxed = new ArrayList<>();
        for (byte one : form) {
          boxed.add(one);
        }
        if (form.length >= SHORTEST && seen.add(boxed)) {
          all.add(new Form(form));
          begins[form[0] & 0xff] = true;
        }
      }
    }
    this.forms = all;
  }

  private static final class Form {
    private final byte[] text;
    private final int[] back;
    private int matched;

    Form(byte[] text) {
      this.text = text;
      this.back = new int[text.length + 1];
      back[0] = -1;
      int border = -1;
      for (int i = 0; i < text.length; i++) {
        while (border >= 0 && text[border] != text[i]) {
          border = back[border];
        }
        border++;
        back[i + 1] = border;
      }
    }

    /// Whether the text ends with this byte.
    boolean ends(byte next) {
      while (matched >= 0 && text[matched] != next) {
        matched = back[matched];
      }
      matched++;
      if (matched < text.length) {
        return false;
      }
      matched = back[matched];
      return true;
    }
  }

  @Override
  public synchronized void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
    for (int i = offset; i < offset + length; i++) {
      byte next = bytes[i];
      if (count == 0 && !begins[next & 0xff]) {
        // Nothing waits and nothing begins here.
        marked = false;
        ready.write(next);
      } else {
        take(next);
      }
      if (ready.size() >= FLUSH_AT) {
        send();
      }
    }
    send();
    out.flush();
  }

  private void take(byte next) {
    if (count == waiting.length) {
      waiting = Arrays.copyOf(waiting, count * 2);
      secret = Arrays.copyOf(secret, count * 2);
    }
    waiting[count] = next;
    secret[count] = false;
    count++;
    int longest = 0;
    for (Form form : forms) {
      if (form.ends(next)) {
        Arrays.fill(secret, Math.max(0, count - form.text.length), count, true);
      }
      longest = Math.max(longest, form.matched);
    }
    release(count - longest);
  }

  /// The oldest bytes can become no secret any more than they are.
  private void release(int free) {
    for (int i = 0; i < free; i++) {
      if (!secret[i]) {
        marked = false;
        ready.write(waiting[i]);
      } else if (!marked) {
        marked = true;
        ready.writeBytes(MARK);
      }
    }
    System.arraycopy(waiting, free, waiting, 0, count - free);
    System.arraycopy(secret, free, secret, 0, count - free);
    count -= free;
  }

  private void send() throws IOException {
    ready.writeTo(out);
    ready.reset();
  }

  /// Gives out what waits: it was the beginning of a secret and no more.
  @Override
  public synchronized void close() throws IOException {
    release(count);
    send();
    out.flush();
    Arrays.fill(waiting, (byte) 0);
  }

  /// How a value may look in output.
  static List<byte[]> forms(byte[] value) {
    List<byte[]> forms = new ArrayList<>();
    forms.add(value);
    encoded(value, forms);
    byte[] stripped =
        new String(value, StandardCharsets.ISO_8859_1)
            .strip()
            .getBytes(StandardCharsets.ISO_8859_1);
    if (stripped.length != value.length) {
      forms.add(stripped);
      encoded(stripped, forms);
    }
    String text = new String(value, StandardCharsets.ISO_8859_1);
    if (text.strip().contains("\n")) {
      text.lines()
          .map(String::strip)
          .forEach(line -> forms.add(line.getBytes(StandardCharsets.ISO_8859_1)));
    }
    return forms;
  }

  private static void encoded(byte[] value, List<byte[]> forms) {
    // Base64 of a longer text that holds the value at offset 0, 1 or 2 of a group of three: the
    // digits that depend on the value alone.
    for (int before = 0; before < 3; before++) {
      byte[] shifted = new byte[before + value.length];
      System.arraycopy(value, 0, shifted, before, value.length);
      int from = (before * 8 + 5) / 6;
      int to = shifted.length * 8 / 6;
      for (Base64.Encoder encoder : List.of(Base64.getEncoder(), Base64.getUrlEncoder())) {
        String digits = encoder.withoutPadding().encodeToString(shifted);
        if (to > from) {
          forms.add(ascii(digits.substring(from, to)));
        }
      }
    }
    String hex = HexFormat.of().formatHex(value);
    forms.add(ascii(hex));
    forms.add(ascii(hex.toUpperCase(Locale.ROOT)));
    forms.add(percent(value, true, false));
    forms.add(percent(value, true, true));
    forms.add(percent(value, false, false));
    forms.add(json(value, false));
    forms.add(json(value, true));
  }

  /// RFC 3986 section 2.1, and the form of HTML where a space is a plus.
  private static byte[] percent(byte[] value, boolean upper, boolean form) {
    StringBuilder text = new StringBuilder();
    for (byte one : value) {
      char c = (char) (one & 0xff);
      if ((c >= '0' && c <= '9')
          || (c >= 'a' && c <= 'z')
          || (c >= 'A' && c <= 'Z')
          || "-._~".indexOf(c) >= 0) {
        text.append(c);
      } else if (form && c == ' ') {
        text.append('+');
      } else {
        text.append(String.format(upper ? "%%%02X" : "%%%02x", (int) c));
      }
    }
    return ascii(text.toString());
  }

  /// RFC 8259 section 7: the escapes that must be, and the slash that may.
  private static byte[] json(byte[] value, boolean slash) {
    StringBuilder text = new StringBuilder();
    for (char c : new String(value, StandardCharsets.ISO_8859_1).toCharArray()) {
      switch (c) {
        case '"' -> text.append("\\\"");
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        case '\b' -> text.append("\\b");
        case '\f' -> text.append("\\f");
        case '/' -> text.append(slash ? "\\/" : "/");
        default -> {
          if (c < 0x20) {
            text.append(String.format("\\u%04x", (int) c));
          } else {
            text.append(c);
          }
        }
      }
    }
    return text.toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
