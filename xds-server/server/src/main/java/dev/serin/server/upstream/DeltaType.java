package dev.serin.server.upstream;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;
import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.serin.mesh.BaseSnapshots;
import dev.serin.mesh.Resource;
import dev.serin.mesh.TypeResources;
import dev.serin.mesh.Unsaid;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** A type in the incremental variant. Confined to its {@link UpstreamProxy}. */
final class DeltaType implements UpstreamType<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
  private static final String WILDCARD = "*";

  private final String typeUrl;
  private final Contents contents;
  private final Map<String, String> versions = new HashMap<>();
  private final Set<String> absent = new TreeSet<>();
  private boolean answered;

  // Of the present stream.
  private boolean begun;
  private boolean wildcardSent;
  private ImmutableSortedSet<String> namesSent = ImmutableSortedSet.of();
  private @Nullable String nonceOwed;
  private @Nullable String refusal;

  DeltaType(String typeUrl, BaseSnapshots shared) {
    this.typeUrl = typeUrl;
    this.contents = new Contents(shared);
  }

  @Override
  public String typeUrl() {
    return typeUrl;
  }

  @Override
  public void want(boolean wildcard, ImmutableSortedSet<String> names) {
    boolean more = wildcard && !contents.wildcard();
    if (contents.want(wildcard, names)) {
      versions.keySet().removeIf(name -> contents.resources().get(name) == null);
      absent.removeIf(name -> !contents.covers(name));
      answered &= !more;
    }
  }

  @Override
  public void begin() {
    begun = false;
    wildcardSent = false;
    namesSent = ImmutableSortedSet.of();
    nonceOwed = null;
    refusal = null;
  }

  @Override
  public @Nullable DeltaDiscoveryRequest next() {
    boolean wildcard = contents.wildcard();
    ImmutableSortedSet<String> names = contents.names();
    if (!begun && !wildcard && names.isEmpty()) {
      return null; // a first request without names would ask for everything
    }
    boolean same = begun && wildcard == wildcardSent && names.equals(namesSent);
    if (same && nonceOwed == null && refusal == null) {
      return null;
    }
    DeltaDiscoveryRequest.Builder request = DeltaDiscoveryRequest.newBuilder().setTypeUrl(typeUrl);
    if (!begun) {
      request.putAllInitialResourceVersions(versions);
    }
    // "How the client specifies what resources to return": a first request that names nothing asks
    // for everything, which servers know that do not know the name for it.
    boolean spelled = begun || !names.isEmpty();
    if (wildcard && !wildcardSent && spelled) {
      request.addResourceNamesSubscribe(WILDCARD);
    }
    if (!wildcard && wildcardSent) {
      request.addResourceNamesUnsubscribe(WILDCARD);
    }
    request.addAllResourceNamesSubscribe(Sets.difference(names, namesSent));
    request.addAllResourceNamesUnsubscribe(Sets.difference(namesSent, names));
    if (nonceOwed != null) {
      request.setResponseNonce(nonceOwed);
    }
    if (refusal != null) {
      request.setErrorDetail(Status.newBuilder().setCode(Code.INTERNAL_VALUE).setMessage(refusal));
    }
    begun = true;
    wildcardSent = wildcard;
    namesSent = names;
    nonceOwed = null;
    refusal = null;
    return request.build();
  }

  @Override
  public boolean take(DeltaDiscoveryResponse response) {
    nonceOwed = response.getNonce();
    if (contents.resources().size() + response.getResourcesCount() > MAX_RESOURCES) {
      refusal =
          INTERNAL_ERROR
              + (contents.resources().size() + response.getResourcesCount())
              + " resources (expected: at most "
              + MAX_RESOURCES
              + ")";
      return false;
    }
    boolean first = !answered;
    answered = true;
    ImmutableSet<String> absentBefore = ImmutableSet.copyOf(absent);
    List<Resource> changed = new ArrayList<>();
    List<String> removed = new ArrayList<>(response.getRemovedResourcesList());
    for (var one : response.getResourcesList()) {
      if (!isAskedFor(one)) {
        continue; // asked for no more: the answer was on its way
      }
      if (one.hasResource()) {
        changed.add(
            Resource.of(one.getResource().getTypeUrl(), one.getName(), one.getResource().getValue())
                .withAliases(one.getAliasesList()));
        versions.put(one.getName(), one.getVersion());
        absent.remove(one.getName());
        one.getAliasesList().forEach(absent::remove);
      } else {
        removed.add(one.getName()); // a name without a body: there is no such virtual host
      }
    }
    for (String name : removed) {
      versions.remove(name);
      if (contents.names().contains(name)) {
        absent.add(name);
      }
    }
    boolean other = contents.change(changed, removed, response.getSystemVersionInfo());
    refusal = changed.isEmpty() ? null : contents.rejection();
    return other || first || !absentBefore.equals(absent);
  }

  private boolean isAskedFor(io.envoyproxy.envoy.service.discovery.v3.Resource one) {
    return contents.covers(one.getName())
        || one.getAliasesList().stream().anyMatch(contents.names()::contains);
  }

  /** An answer's nonce is used up by then: the words go without. */
  @Override
  public void rejected(String name, String version, String message) {
    if (contents.reject(name, version, message) && begun) {
      refusal = contents.rejection();
    }
  }

  @Override
  public TypeResources resources() {
    return contents.resources();
  }

  @Override
  public Unsaid unsaid() {
    if (!answered) {
      return Unsaid.EVERYTHING;
    }
    return contents.wildcard() ? Unsaid.NOTHING : new Unsaid.AllBut(ImmutableSet.copyOf(absent));
  }
}
