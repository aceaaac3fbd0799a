package dev.serin.server.upstream;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.serin.mesh.BaseSnapshots;
import dev.serin.mesh.Resource;
import dev.serin.mesh.TypeResources;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.Unsaid;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A type in the state-of-the-world variant. Confined to its {@link UpstreamProxy}. */
final class FullType implements UpstreamType<DiscoveryRequest, DiscoveryResponse> {
  private final String typeUrl;
  private final Contents contents;
  private boolean answered;

  /** The version that was taken last. */
  private String version = "";

  // Of the present stream.
  private @Nullable ImmutableList<String> sent;
  private String nonce = "";
  private boolean answerOwed;
  private @Nullable String refusal;

  FullType(String typeUrl, BaseSnapshots shared) {
    this.typeUrl = typeUrl;
    this.contents = new Contents(shared);
  }

  @Override
  public String typeUrl() {
    return typeUrl;
  }

  @Override
  public void want(boolean wildcard, ImmutableSortedSet<String> names) {
    boolean everything = wildcard && !contents.wildcard();
    if (contents.want(wildcard, names)) {
      boolean known = names.stream().allMatch(name -> contents.resources().get(name) != null);
      answered &= !everything && (wildcard || known);
    }
  }

  @Override
  public void begin() {
    sent = null;
    nonce = "";
    answerOwed = false;
    refusal = null;
  }

  @Override
  public @Nullable DiscoveryRequest next() {
    ImmutableList<String> asked = asked();
    if (sent == null && !contents.wildcard() && asked.isEmpty()) {
      return null; // an empty list in a first request would ask for everything
    }
    if (asked.equals(sent) && !answerOwed) {
      return null;
    }
    DiscoveryRequest.Builder request =
        DiscoveryRequest.newBuilder()
            .setTypeUrl(typeUrl)
            .setVersionInfo(version)
            .setResponseNonce(nonce)
            .addAllResourceNames(asked);
    if (answerOwed && refusal != null) {
      request.setErrorDetail(Status.newBuilder().setCode(Code.INTERNAL_VALUE).setMessage(refusal));
    }
    sent = asked;
    answerOwed = false;
    refusal = null;
    return request.build();
  }

  /**
   * "How the client specifies what resources to return": no names, or {@code *}, for everything.
   */
  private ImmutableList<String> asked() {
    ImmutableList<String> names = contents.names().asList();
    boolean namesAlone = sent != null && !sent.isEmpty();
    if (contents.wildcard() && (namesAlone || !names.isEmpty())) {
      return ImmutableList.<String>builder().add("*").addAll(names).build();
    }
    return names;
  }

  @Override
  public boolean take(DiscoveryResponse response) {
    nonce = response.getNonce();
    answerOwed = true;
    List<Resource> resources = new ArrayList<>();
    try {
      if (response.getResourcesCount() > MAX_RESOURCES) {
        throw new InvalidProtocolBufferException(
            response.getResourcesCount() + " resources (expected: at most " + MAX_RESOURCES + ")");
      }
      for (Any any : response.getResourcesList()) {
        resources.add(read(any));
      }
    } catch (InvalidProtocolBufferException e) {
      refusal = INTERNAL_ERROR + e.getMessage();
      return false; // the version stays that of what was taken last
    }
    boolean first = !answered;
    answered = true;
    version = response.getVersionInfo();
    boolean other =
        isWhole()
            ? contents.replace(resources, version)
            : contents.change(
                resources.stream().filter(r -> contents.covers(r.name())).toList(),
                ImmutableSet.of(),
                version);
    refusal = contents.rejection(); // what the proxy has rejected already it is not asked again
    return other || first;
  }

  /** One that has a time to live comes wrapped. */
  private Resource read(Any any) throws InvalidProtocolBufferException {
    if (any.is(io.envoyproxy.envoy.service.discovery.v3.Resource.class)) {
      var wrapped = any.unpack(io.envoyproxy.envoy.service.discovery.v3.Resource.class);
      String name = wrapped.getName();
      Any body = wrapped.getResource();
      return Resource.of(
          body.getTypeUrl(),
          name.isEmpty() ? ResourceNames.of(body, contents.names()) : name,
          body.getValue());
    }
    return Resource.of(any.getTypeUrl(), ResourceNames.of(any, contents.names()), any.getValue());
  }

  /** "Grouping resources into responses": whether what is not in a response is gone. */
  private boolean isWhole() {
    return contents.wildcard()
        || typeUrl.equals(TypeUrls.CLUSTER)
        || typeUrl.equals(TypeUrls.LISTENER);
  }

  /**
   * With the nonce and the version that were answered already: this says that what is used has
   * something wrong in it, and asks for nothing anew.
   */
  @Override
  public void rejected(String name, String rejectedVersion, String message) {
    if (contents.reject(name, rejectedVersion, message)) {
      refusal = contents.rejection();
      answerOwed = !nonce.isEmpty();
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
    return isWhole() ? Unsaid.NOTHING : new Unsaid.AllBut(ImmutableSet.of());
  }
}
