package dev.serin.mesh;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.mesh.overlay.ServiceRouting;
import dev.serin.mesh.overlay.Split;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.MeshService;
import java.util.Collection;

/**
 * A service and the version that takes all of its traffic while it has no plan.
 *
 * @param stable the service's {@code status.stable}
 * @param attachment detached: routes of a base that lead to it stay as they are, and what Serin
 *     itself publishes of it goes on at the stable version
 */
public record ServiceState(MeshService service, String stable, Attachment attachment) {
  /** Of a service whose routes are Serin's to change. */
  public ServiceState(MeshService service, String stable) {
    this(service, stable, Attachment.ATTACHED);
  }

  public boolean isDetached() {
    return attachment == Attachment.DETACHED;
  }

  /** The same of the service as it is described now. */
  public ServiceState with(MeshService described) {
    return new ServiceState(described, stable, attachment);
  }

  public ServiceState at(String version) {
    return new ServiceState(service, version, attachment);
  }

  public ServiceState as(Attachment other) {
    return new ServiceState(service, stable, other);
  }

  /** Why a plan of the service cannot be in force. */
  public ImmutableList<String> problems(TrafficPlan plan) {
    return isDetached()
        ? ImmutableList.of(
            "is detached (expected: attached, where rollout " + plan.rollout() + " moves it)")
        : Split.problems(service, plan);
  }

  /** The versions of other services whose choice it follows; a detached one follows nobody. */
  public ImmutableSortedSet<String> stamps(Collection<TrafficPlan> plans) {
    return isDetached() ? ImmutableSortedSet.of() : ServiceRouting.stamps(service.name(), plans);
  }
}
