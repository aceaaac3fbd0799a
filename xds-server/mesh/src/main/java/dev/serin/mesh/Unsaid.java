package dev.serin.mesh;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;

/**
 * What of a type of resources its origin has not said yet. A proxy that were told "there is none"
 * instead would delete what it has.
 */
public sealed interface Unsaid {
  /** Everything is said: what is not there does not exist. */
  Unsaid NOTHING = new Nothing();

  /** Nothing is: the origin has not answered for the type. */
  Unsaid EVERYTHING = new Everything();

  /** Whether it is unknown if there are more resources than those that are there. */
  boolean whole();

  /** Whether it is unknown if there is a resource of that name, which is not there. */
  boolean covers(String name);

  /** See {@link #NOTHING}. */
  record Nothing() implements Unsaid {
    @Override
    public boolean whole() {
      return false;
    }

    @Override
    public boolean covers(String name) {
      return false;
    }
  }

  /** See {@link #EVERYTHING}. */
  record Everything() implements Unsaid {
    @Override
    public boolean whole() {
      return true;
    }

    @Override
    public boolean covers(String name) {
      return true;
    }
  }

  /**
   * The origin has answered for the type, name by name.
   *
   * @param absent the names of which it has said that there is nothing
   */
  record AllBut(ImmutableSet<String> absent) implements Unsaid {
    @Override
    public boolean whole() {
      return false;
    }

    @Override
    public boolean covers(String name) {
      return !absent.contains(name);
    }
  }

  /**
   * The same of every type.
   *
   * @param others of the types that are not named
   */
  record Types(ImmutableMap<String, Unsaid> byType, Unsaid others) {
    /** Everything is said of every type. */
    public static final Types NONE = new Types(ImmutableMap.of(), NOTHING);

    Unsaid of(String typeUrl) {
      return byType.getOrDefault(typeUrl, others);
    }
  }
}
