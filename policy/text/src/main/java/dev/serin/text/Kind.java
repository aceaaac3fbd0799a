package dev.serin.text;

import com.google.protobuf.Message;
import java.util.Arrays;
import java.util.Optional;

/** The kinds of resources, each with its place in the API. */
public enum Kind {
  MESH_SERVICE("MeshService", "services", dev.serin.v1.MeshService.getDefaultInstance()),
  CANARY_POLICY("CanaryPolicy", "policies", dev.serin.v1.CanaryPolicy.getDefaultInstance()),
  ROLLOUT("Rollout", "rollouts", dev.serin.v1.Rollout.getDefaultInstance()),
  RELEASE("Release", "releases", dev.serin.v1.Release.getDefaultInstance()),
  FREEZE_WINDOW("FreezeWindow", "freezeWindows", dev.serin.v1.FreezeWindow.getDefaultInstance()),
  METRIC_QUERY("MetricQuery", "metricQueries", dev.serin.v1.MetricQuery.getDefaultInstance()),
  CHANNEL("Channel", "channels", dev.serin.v1.Channel.getDefaultInstance());

  /** The group and version of every resource. */
  public static final String API_VERSION = "serin.dev/v1";

  private final String word;
  private final String collection;
  private final Message prototype;

  Kind(String word, String collection, Message prototype) {
    this.word = word;
    this.collection = collection;
    this.prototype = prototype;
  }

  /** As it is written after {@code kind:}. */
  public String word() {
    return word;
  }

  /** As it stands in full names: {@code services} of {@code tenants/T/services/S}. */
  public String collection() {
    return collection;
  }

  /** The full name in the API. */
  public String fullName(dev.serin.policy.ResourceName name) {
    return "tenants/" + name.tenant() + "/" + collection + "/" + name.name();
  }

  Message prototype() {
    return prototype;
  }

  static Optional<Kind> of(String word) {
    return Arrays.stream(values()).filter(k -> k.word.equals(word)).findFirst();
  }
}
