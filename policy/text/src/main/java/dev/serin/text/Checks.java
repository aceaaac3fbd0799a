package dev.serin.text;

import com.google.common.net.InetAddresses;
import com.google.protobuf.util.Durations;
import dev.serin.policy.CanaryPolicy.Exit;
import dev.serin.policy.Ppm;
import dev.serin.policy.ResourceName;
import dev.serin.text.Problem.Code;
import java.time.Duration;
import java.util.Collection;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The checks that all kinds share. Each answers a value that can be worked with, also after a
 * problem, so that one pass finds every problem; what was built from it is dropped then.
 */
final class Checks {

  static final int MAX_LIST = 100;
  static final int MAX_TEXT = 1024;
  private static final int MAX_NAME = 256;
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  private static final Pattern METHOD = Pattern.compile("[A-Z][A-Z-]{0,31}");

  private final Findings findings;

  Checks(Findings findings) {
    this.findings = findings;
  }

  Findings findings() {
    return findings;
  }

  /** A name of the form of all names; {@code "x"} after a problem. */
  String name(String path, String value) {
    if (value.isEmpty()) {
      findings.error(path, Code.MISSING, "nothing (expected: a name)", "");
    } else if (!ResourceName.isLegal(value)) {
      findings.error(path, Code.BAD_NAME, Shown.value(value) + " (expected: [a-z0-9-]{1,63})", "");
    } else {
      return value;
    }
    return "x";
  }

  /** A duration of at least {@code least}; {@code absent} where there is none. */
  Duration duration(
      String path,
      boolean present,
      com.google.protobuf.Duration value,
      Duration absent,
      Duration least) {
    if (!present) {
      return absent;
    }
    if (!Durations.isValid(value)
        || Math.abs(value.getSeconds()) >= Units.MAX_DURATION.toSeconds()) {
      findings.error(
          path,
          Code.OUT_OF_RANGE,
          value.getSeconds() + "s and " + value.getNanos() + "ns (expected: under ten years)",
          "");
      return absent;
    }
    Duration duration = Duration.ofSeconds(value.getSeconds(), value.getNanos());
    if (duration.compareTo(least) < 0) {
      String shown = duration.isNegative() ? duration.toString() : Units.print(duration);
      findings.error(
          path, Code.OUT_OF_RANGE, shown + " (expected: " + Units.print(least) + " or more)", "");
      return absent;
    }
    return duration;
  }

  /** A share of 0 to 100 %. */
  int share(String path, int ppm) {
    return share(path, ppm, 0, Ppm.ALL);
  }

  int share(String path, int ppm, int min, int max) {
    if (ppm < min || ppm > max) {
      findings.error(
          path,
          Code.OUT_OF_RANGE,
          Units.percent(ppm)
              + "% (expected: "
              + Units.percent(min)
              + "%.."
              + Units.percent(max)
              + "%)",
          "");
      return min;
    }
    return ppm;
  }

  /** A share that leaves something over. */
  int shareBelowAll(String path, int ppm) {
    if (ppm < 0 || ppm >= Ppm.ALL) {
      findings.error(
          path, Code.OUT_OF_RANGE, Units.percent(ppm) + "% (expected: 0% or more, below 100%)", "");
      return 0;
    }
    return ppm;
  }

  int count(String path, int value, int min, int max) {
    if (value < min || value > max) {
      findings.error(path, Code.OUT_OF_RANGE, value + " (expected: " + min + ".." + max + ")", "");
      return min;
    }
    return value;
  }

  /** Whether there are no more than {@code max}; says so when there are. */
  boolean fits(String path, Collection<?> many, int max) {
    boolean fits = many.size() <= max;
    if (!fits) {
      findings.error(
          path, Code.TOO_LARGE, many.size() + " entries (expected: at most " + max + ")", "");
    }
    return fits;
  }

  /**
   * Text of a request, or for an Envoy: not empty, bounded, no control characters. What a person
   * writes here ends in the configuration of every proxy.
   */
  String value(String path, String value) {
    if (value.isEmpty()) {
      findings.error(path, Code.MISSING, "\"\" (expected: some text)", "");
    } else if (value.length() > MAX_TEXT) {
      findings.error(
          path,
          Code.TOO_LARGE,
          value.length() + " characters (expected: at most " + MAX_TEXT + ")",
          "");
    } else if (value.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
      findings.error(
          path,
          Code.BAD_VALUE,
          Shown.value(value) + " (expected: no control characters, as CR, LF or NUL)",
          "");
    }
    return value;
  }

  /** A header's or a cookie's name (RFC 9110, token). */
  String token(String path, String value, String what) {
    if (value.isEmpty()) {
      findings.error(path, Code.MISSING, "nothing (expected: the name of a " + what + ")", "");
    } else if (value.length() > MAX_NAME || !TOKEN.matcher(value).matches()) {
      findings.error(
          path,
          Code.BAD_NAME,
          Shown.value(value)
              + " (expected: the name of a "
              + what
              + ", of letters, digits and !#$%&'*+.^_`|~-)",
          "");
    }
    return value;
  }

  /** A method of HTTP, in capitals. */
  String method(String path, String value) {
    if (!METHOD.matcher(value).matches()) {
      String capitals = value.toUpperCase(java.util.Locale.ROOT);
      findings.error(
          path,
          Code.BAD_VALUE,
          Shown.value(value) + " (expected: a method in capitals, as GET)",
          METHOD.matcher(capitals).matches() ? "write " + capitals : "");
    }
    return value;
  }

  /** A range of addresses, {@code 10.0.0.0/8}; an address alone is a range of its own. */
  String addressRange(String path, String value) {
    int slash = value.indexOf('/');
    String address = slash < 0 ? value : value.substring(0, slash);
    String bits = slash < 0 ? "" : value.substring(slash + 1);
    if (InetAddresses.isInetAddress(address) && bits.matches("[0-9]{0,3}")) {
      int most = InetAddresses.forString(address).getAddress().length * 8;
      int length = slash < 0 ? most : bits.isEmpty() ? most + 1 : Integer.parseInt(bits);
      if (length <= most) {
        return address + "/" + length;
      }
    }
    findings.error(
        path,
        Code.BAD_VALUE,
        Shown.value(value) + " (expected: a range of addresses, as 10.0.0.0/8)",
        "");
    return "0.0.0.0/32";
  }

  /** What is done on a failure; {@code absent} where nothing is said. */
  Exit exit(String path, boolean present, dev.serin.v1.Exit exit, Exit absent) {
    if (!present) {
      return absent;
    }
    return switch (exit.getChoiceCase()) {
      case CHOICE_NOT_SET -> absent;
      case HOLD_THEN_ROLLBACK ->
          new Exit.HoldThenRollback(
              duration(
                  path + ".holdThenRollback",
                  true,
                  exit.getHoldThenRollback(),
                  Duration.ofSeconds(1),
                  Duration.ofSeconds(1)));
      case ACTION ->
          switch (exit.getAction()) {
            case HOLD -> new Exit.Hold();
            case ROLLBACK -> new Exit.Rollback();
            case ACTION_UNSPECIFIED -> absent;
            case UNRECOGNIZED -> {
              unknownEnum(path, exit.getActionValue());
              yield absent;
            }
          };
    };
  }

  void unknownEnum(String path, int number) {
    findings.error(path, Code.BAD_VALUE, number + " (expected: a number of the schema)", "");
  }

  /** Refuses what the schema has and this version does not do. */
  void notSupported(String path, boolean used, String what) {
    if (used) {
      findings.error(path, Code.NOT_SUPPORTED, "not supported yet: " + what, "leave it out");
    }
  }

  /** Name of a resource, from its metadata, its full name, or both when they agree. */
  Optional<ResourceName> resourceName(
      String fullName, dev.serin.v1.Metadata metadata, String collection) {
    String tenant = metadata.getTenant();
    String name = metadata.getName();
    if (!fullName.isEmpty()) {
      String[] parts = fullName.split("/", -1);
      boolean isFull =
          parts.length == 4 && parts[0].equals("tenants") && parts[2].equals(collection);
      if (!isFull) {
        findings.error(
            "name",
            Code.BAD_NAME,
            Shown.value(fullName) + " (expected: tenants/TENANT/" + collection + "/NAME)",
            "");
        return Optional.empty();
      }
      boolean agrees =
          (tenant.isEmpty() || tenant.equals(parts[1]))
              && (name.isEmpty() || name.equals(parts[3]));
      if (!agrees) {
        findings.error(
            "name",
            Code.CONFLICT,
            Shown.value(fullName)
                + " beside metadata "
                + Shown.value(tenant)
                + "/"
                + Shown.value(name)
                + " (expected: the same)",
            "");
      }
      tenant = parts[1];
      name = parts[3];
    }
    labels(metadata);
    String checkedName = name("metadata.name", name);
    String checkedTenant =
        tenant.isEmpty() ? ResourceName.DEFAULT_TENANT : name("metadata.tenant", tenant);
    if (checkedTenant.equals("-")) {
      findings.error(
          "metadata.tenant", Code.BAD_NAME, "- (expected: a name; - means every tenant)", "");
    }
    return Optional.of(new ResourceName(checkedTenant, checkedName));
  }

  private void labels(dev.serin.v1.Metadata metadata) {
    fits("metadata.labels", metadata.getLabelsMap().keySet(), MAX_LIST);
    metadata
        .getLabelsMap()
        .forEach((key, value) -> {
          String path = "metadata.labels." + Shown.value(key);
          token(path, key, "label");
          if (!value.isEmpty()) {
            value(path, value);
          }
        });
  }

  /** The words of the resource's head, which may be left out in calls of the API. */
  void head(String apiVersion, String kind, String expectedKind) {
    if (!apiVersion.isEmpty() && !apiVersion.equals(Kind.API_VERSION)) {
      findings.error(
          "apiVersion",
          Code.BAD_VALUE,
          Shown.value(apiVersion) + " (expected: " + Kind.API_VERSION + ")",
          "");
    }
    if (!kind.isEmpty() && !kind.equals(expectedKind)) {
      findings.error(
          "kind", Code.BAD_VALUE, Shown.value(kind) + " (expected: " + expectedKind + ")", "");
    }
  }
}
