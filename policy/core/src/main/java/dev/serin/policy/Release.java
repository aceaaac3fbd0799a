package dev.serin.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.HashSet;

/**
 * Several rollouts as one.
 *
 * @param members names of rollouts of the same tenant, each once, 1..50
 * @param order who waits for whom
 * @param allFall whether all go back when one does
 */
public record Release(
    ResourceName name,
    ImmutableSortedMap<String, String> labels,
    ImmutableList<String> members,
    Order order,
    boolean allFall) {

  /** Who waits for whom. */
  public enum Order {
    /**
     * Nobody begins a step before all have finished the one before, and all are promoted at once.
     */
    TOGETHER,
    /** Each as its own {@code dependsOn} says. */
    DEPENDS_ON
  }

  public static final int MOST_MEMBERS = 50;

  public Release {
    if (members.isEmpty() || members.size() > MOST_MEMBERS) {
      throw new IllegalArgumentException(
          "members: %d (expected: 1..%d)".formatted(members.size(), MOST_MEMBERS));
    }
    if (new HashSet<>(members).size() < members.size()) {
      throw new IllegalArgumentException("members: " + members + " (expected: each once)");
    }
  }

  /** A member's full name. */
  public ResourceName member(String member) {
    return new ResourceName(name.tenant(), member);
  }
}
