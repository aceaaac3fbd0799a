package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.BoolValue;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The fields of Envoy's API that are newer than the generated classes (about Envoy 1.34), written
 * and read as unknown fields. A newer API on the class path would make this class fall away.
 */
public final class NewerFields {
  /** {@code WeightedCluster.use_hash_policy}, a BoolValue, from Envoy 1.36. */
  private static final int USE_HASH_POLICY = 5;

  /**
   * {@code RouteMatch.cookies}, repeated {@code CookieMatcher {name = 1, string_match = 2,
   * invert_match = 3}}, from Envoy 1.37.
   */
  private static final int COOKIES = 17;

  private static final int COOKIE_NAME = 1;
  private static final int COOKIE_MATCH = 2;
  private static final int COOKIE_INVERT = 3;

  /** A requirement on one cookie of a request. */
  public record CookieMatcher(String name, StringMatcher match, boolean invert) {}

  private NewerFields() {}

  /** Envoy then divides by the hash of the route's hash policy instead of a random number. */
  public static void useHashPolicy(WeightedCluster.Builder weighted) {
    ByteString on = BoolValue.of(true).toByteString();
    weighted.setUnknownFields(
        weighted.getUnknownFields().toBuilder()
            .clearField(USE_HASH_POLICY)
            .addField(
                USE_HASH_POLICY, UnknownFieldSet.Field.newBuilder().addLengthDelimited(on).build())
            .build());
  }

  public static boolean usesHashPolicy(WeightedCluster weighted) {
    return last(weighted.getUnknownFields().getField(USE_HASH_POLICY))
        .map(bytes -> {
          try {
            return BoolValue.parseFrom(bytes).getValue();
          } catch (InvalidProtocolBufferException e) {
            throw new IllegalArgumentException("use_hash_policy is no BoolValue", e);
          }
        })
        .orElse(false);
  }

  public static void addCookie(RouteMatch.Builder route, CookieMatcher cookie) {
    UnknownFieldSet.Builder encoded =
        UnknownFieldSet.newBuilder()
            .addField(COOKIE_NAME, delimited(ByteString.copyFromUtf8(cookie.name())))
            .addField(COOKIE_MATCH, delimited(cookie.match().toByteString()));
    if (cookie.invert()) {
      encoded.addField(COOKIE_INVERT, UnknownFieldSet.Field.newBuilder().addVarint(1).build());
    }
    route.setUnknownFields(
        route.getUnknownFields().toBuilder()
            .mergeField(COOKIES, delimited(encoded.build().toByteString()))
            .build());
  }

  public static ImmutableList<CookieMatcher> cookies(RouteMatch route) {
    ImmutableList.Builder<CookieMatcher> cookies = ImmutableList.builder();
    for (ByteString encoded : route.getUnknownFields().getField(COOKIES).getLengthDelimitedList()) {
      try {
        UnknownFieldSet fields = UnknownFieldSet.parseFrom(encoded);
        cookies.add(
            new CookieMatcher(
                last(fields.getField(COOKIE_NAME)).orElse(ByteString.EMPTY).toStringUtf8(),
                StringMatcher.parseFrom(
                    last(fields.getField(COOKIE_MATCH)).orElse(ByteString.EMPTY)),
                fields.getField(COOKIE_INVERT).getVarintList().stream().anyMatch(v -> v != 0)));
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalArgumentException("cookies is no CookieMatcher", e);
      }
    }
    return cookies.build();
  }

  /** The number of a field that this class does not know either. */
  public static OptionalInt unread(RouteMatch route) {
    return route.getUnknownFields().asMap().keySet().stream()
        .filter(field -> field != COOKIES)
        .mapToInt(Integer::intValue)
        .findFirst();
  }

  private static UnknownFieldSet.Field delimited(ByteString bytes) {
    return UnknownFieldSet.Field.newBuilder().addLengthDelimited(bytes).build();
  }

  private static Optional<ByteString> last(UnknownFieldSet.Field field) {
    return field.getLengthDelimitedList().stream().reduce((a, b) -> b);
  }
}
