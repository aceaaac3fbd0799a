package dev.serin.ads;

import dev.serin.ads.ProxyView.Nack;
import dev.serin.mesh.Resource;
import org.jspecify.annotations.Nullable;

/**
 * What a client has of one resource.
 *
 * @param version that it has accepted last; null: none
 * @param body of that version; null also where the client brought a version whose content is not
 *     known here
 * @param nack its last rejection, until a later version is accepted
 * @param uncertain whether it was in a rejected response with others: the client may use it or not
 * @param absent whether the client has been told that it does not exist
 */
record Held(
    @Nullable String version,
    @Nullable Resource body,
    @Nullable Nack nack,
    boolean uncertain,
    boolean absent) {
  static final Held NOTHING = new Held(null, null, null, false, false);
  static final Held ABSENT = new Held(null, null, null, false, true);

  static Held of(Resource accepted) {
    return new Held(accepted.version(), accepted, null, false, false);
  }

  /** A version that the client brought from an earlier stream. */
  static Held brought(String version, @Nullable Resource body) {
    return new Held(version, body, null, false, false);
  }

  Held withNack(Nack words) {
    return new Held(version, body, words, false, absent);
  }

  Held asUncertain() {
    return new Held(version, body, nack, true, absent);
  }

  /** Whether the client has something under that name, as far as is known. */
  boolean exists() {
    return version != null || uncertain;
  }

  /** Whether it has exactly this and there is nothing else to say. */
  boolean isJust(Resource resource) {
    return resource.version().equals(version) && nack == null && !uncertain;
  }
}
