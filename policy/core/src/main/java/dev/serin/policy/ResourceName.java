package dev.serin.policy;

import java.util.Comparator;
import java.util.regex.Pattern;

/** The name of a Serin resource within its tenant, printed as {@code tenant/name}. */
public record ResourceName(String tenant, String name) implements Comparable<ResourceName> {

  /** The tenant of a resource that names none. */
  public static final String DEFAULT_TENANT = "default";

  private static final Pattern LEGAL = Pattern.compile("[a-z0-9-]{1,63}");
  private static final Comparator<ResourceName> ORDER =
      Comparator.comparing(ResourceName::tenant).thenComparing(ResourceName::name);

  public ResourceName {
    requireLegal("tenant", tenant);
    requireLegal("name", name);
  }

  /** Whether {@code text} can name a tenant or a resource: {@code [a-z0-9-]{1,63}}. */
  public static boolean isLegal(String text) {
    return LEGAL.matcher(text).matches();
  }

  /** Parses {@code tenant/name}, or {@code name} alone in the default tenant. */
  public static ResourceName parse(String text) {
    int slash = text.indexOf('/');
    return slash < 0
        ? new ResourceName(DEFAULT_TENANT, text)
        : new ResourceName(text.substring(0, slash), text.substring(slash + 1));
  }

  private static void requireLegal(String what, String text) {
    if (!isLegal(text)) {
      throw new IllegalArgumentException(what + ": " + text + " (expected: [a-z0-9-]{1,63})");
    }
  }

  @Override
  public int compareTo(ResourceName other) {
    return ORDER.compare(this, other);
  }

  @Override
  public String toString() {
    return tenant + "/" + name;
  }
}
