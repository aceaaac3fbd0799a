package dev.serin.text;

import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Channel;
import dev.serin.policy.FreezeWindow;
import dev.serin.policy.MeshService;
import dev.serin.policy.Release;
import dev.serin.policy.RolloutSpec;
import java.util.Optional;
import java.util.function.Function;

/**
 * The API's messages into records, through the same checks that files pass, and records into the
 * canonical messages.
 *
 * <p>Problems of messages have a path and neither file nor line. Messages that were made from
 * records are complete, defaults included, and read back as equal records.
 */
public final class ProtoCodec {

  private ProtoCodec() {}

  /** Checks a service; its status and etag are the server's and are not looked at. */
  public static Checked<MeshService> check(dev.serin.v1.MeshService message) {
    return check(checks -> new ServiceReading(checks).read(message));
  }

  /** Checks a policy; what this version does not do is refused, never dropped. */
  public static Checked<CanaryPolicy> check(dev.serin.v1.CanaryPolicy message) {
    return check(checks -> new PolicyReading(checks).read(message));
  }

  /** Checks a rollout's wish; whether its references exist is for {@link References}. */
  public static Checked<RolloutSpec> check(dev.serin.v1.Rollout message) {
    return check(checks -> new RolloutReading(checks).read(message));
  }

  /** Checks a freeze; its status and etag are the server's and are not looked at. */
  public static Checked<FreezeWindow> check(dev.serin.v1.FreezeWindow message) {
    return check(checks -> new CalendarReading(checks).freeze(message));
  }

  /** Checks a channel; its status and etag are the server's and are not looked at. */
  public static Checked<Channel> check(dev.serin.v1.Channel message) {
    return check(checks -> new ChannelReading(checks).read(message));
  }

  /** Checks a release; its status and etag are the server's and are not looked at. */
  public static Checked<Release> check(dev.serin.v1.Release message) {
    return check(checks -> ReleaseCodec.read(checks, message));
  }

  private static <T> Checked<T> check(Function<Checks, Optional<T>> reading) {
    Findings findings = new Findings("");
    Optional<T> value = reading.apply(new Checks(findings));
    return new Checked<>(value, findings.all());
  }

  public static dev.serin.v1.MeshService toProto(MeshService service) {
    return ProtoWriting.service(service);
  }

  /**
   * The policy with every value. Where analysis is off nobody reads what would be done without a
   * verdict, so it is left out, and reads back as the default.
   *
   * @throws IllegalArgumentException when a ratio of the analysis has no whole number of parts per
   *     million, or its harm neither the form of percentage points nor that of a relative margin
   */
  public static dev.serin.v1.CanaryPolicy toProto(CanaryPolicy policy) {
    return PolicyWriting.policy(policy);
  }

  /** The channel with every value; its status is the server's to add. */
  public static dev.serin.v1.Channel toProto(Channel channel) {
    return ChannelWriting.channel(channel);
  }

  /** The freeze; its status is the server's to add. */
  public static dev.serin.v1.FreezeWindow toProto(FreezeWindow freeze) {
    return CalendarWriting.freeze(freeze);
  }

  /** The release; its status is the server's to add. */
  public static dev.serin.v1.Release toProto(Release release) {
    return ReleaseCodec.write(release);
  }

  /** The rollout's wish; its status is the server's to add. */
  public static dev.serin.v1.Rollout toProto(RolloutSpec rollout) {
    return ProtoWriting.rollout(rollout);
  }
}
