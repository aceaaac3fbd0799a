package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import java.nio.charset.StandardCharsets;

/**
 * The resource names of a state-of-the-world request. Every ACK repeats them, a thousand at a time
 * where a proxy has a thousand clusters: so they are hashed as they are read, and become strings
 * only when the hash is not that of the request before.
 */
final class NameList {
  private final byte[] message;
  private final int[] bounds;
  private final long hash;
  private final int longest;

  /**
   * @param bounds start and end of each name in the message
   * @param longest of the names, in bytes
   */
  NameList(byte[] message, int[] bounds, long hash, int longest) {
    this.message = message;
    this.bounds = bounds;
    this.hash = hash;
    this.longest = longest;
  }

  int count() {
    return bounds.length / 2;
  }

  int longest() {
    return longest;
  }

  /** Equal names in equal order have an equal hash; its function is this process's own. */
  long hash() {
    return hash;
  }

  ImmutableList<String> strings() {
    ImmutableList.Builder<String> names = ImmutableList.builderWithExpectedSize(count());
    for (int i = 0; i < bounds.length; i += 2) {
      names.add(new String(message, bounds[i], bounds[i + 1] - bounds[i], StandardCharsets.UTF_8));
    }
    return names.build();
  }
}
