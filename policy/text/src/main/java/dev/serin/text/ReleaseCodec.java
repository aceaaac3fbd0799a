package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.policy.Release;
import dev.serin.policy.Release.Order;
import dev.serin.policy.ResourceName;
import dev.serin.text.Problem.Code;
import dev.serin.v1.ReleaseSpec;
import java.util.LinkedHashSet;
import java.util.Optional;

/** A release's message into its record, with every problem that it has, and back. */
final class ReleaseCodec {

  private ReleaseCodec() {}

  static Optional<Release> read(Checks checks, dev.serin.v1.Release message) {
    checks.head(message.getApiVersion(), message.getKind(), Kind.RELEASE.word());
    Optional<ResourceName> name =
        checks.resourceName(message.getName(), message.getMetadata(), Kind.RELEASE.collection());
    ReleaseSpec spec = message.getSpec();
    ImmutableList<String> members = members(checks, spec);
    Order order =
        switch (spec.getOrder()) {
          case TOGETHER, ORDER_UNSPECIFIED -> Order.TOGETHER;
          case DEPENDS_ON -> Order.DEPENDS_ON;
          case UNRECOGNIZED -> {
            checks.unknownEnum("spec.order", spec.getOrderValue());
            yield Order.TOGETHER;
          }
        };
    boolean allFall =
        switch (spec.getOnFailure()) {
          case ALL, BLAST_UNSPECIFIED -> true;
          case MEMBER -> false;
          case UNRECOGNIZED -> {
            checks.unknownEnum("spec.onFailure", spec.getOnFailureValue());
            yield true;
          }
        };
    if (checks.findings().hasErrors() || name.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new Release(
            name.get(),
            ImmutableSortedMap.copyOf(message.getMetadata().getLabelsMap()),
            members,
            order,
            allFall));
  }

  private static ImmutableList<String> members(Checks checks, ReleaseSpec spec) {
    checks.fits("spec.members", spec.getMembersList(), Release.MOST_MEMBERS);
    if (spec.getMembersCount() == 0) {
      checks
          .findings()
          .error("spec.members", Code.MISSING, "nothing (expected: names of rollouts)", "");
    }
    LinkedHashSet<String> members = new LinkedHashSet<>();
    for (int i = 0; i < spec.getMembersCount(); i++) {
      String path = "spec.members[" + i + "]";
      String member = checks.name(path, spec.getMembers(i));
      if (!members.add(member)) {
        checks.findings().error(path, Code.DUPLICATE, member + " twice (expected: once)", "");
      }
    }
    return ImmutableList.copyOf(members);
  }

  static dev.serin.v1.Release write(Release release) {
    return dev.serin.v1.Release.newBuilder()
        .setName(Kind.RELEASE.fullName(release.name()))
        .setApiVersion(Kind.API_VERSION)
        .setKind(Kind.RELEASE.word())
        .setMetadata(ProtoWriting.metadata(release.name(), release.labels()))
        .setSpec(
            ReleaseSpec.newBuilder()
                .addAllMembers(release.members())
                .setOrder(
                    switch (release.order()) {
                      case TOGETHER -> ReleaseSpec.Order.TOGETHER;
                      case DEPENDS_ON -> ReleaseSpec.Order.DEPENDS_ON;
                    })
                .setOnFailure(release.allFall() ? ReleaseSpec.Blast.ALL : ReleaseSpec.Blast.MEMBER))
        .build();
  }
}
