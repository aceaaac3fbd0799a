package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Lists;
import com.google.common.collect.Maps;
import dev.serin.ads.ProxyView.Nack;
import dev.serin.ads.TypeState.InFlight;
import dev.serin.mesh.Resource;
import dev.serin.mesh.TypeResources;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the ACKs and NACKs of one stream mean: for what the client has, for what is remembered of
 * its node, and for those who are told. Confined to its {@link StreamState}.
 */
final class Answers {
  /** A list that has held more is not kept: a first answer tells of everything that there is. */
  private static final int FEW = 4;

  private final NodeMemory memory;
  private List<Answer> untold = new ArrayList<>(1);

  Answers(NodeMemory memory) {
    this.memory = memory;
  }

  /** The answer to the response in flight; to any other one it says nothing. */
  void resolve(TypeState type, Ask ask, Instant now) {
    InFlight answered = type.inFlight;
    if (answered == null || !answered.nonce().equals(ask.nonce())) {
      return;
    }
    type.inFlight = null;
    type.dirty = true;
    type.suspects.conclude();
    String error = ask.error();
    if (error == null || answered.offered().isEmpty()) {
      forget(type, answered.removed());
    } else {
      doubt(type, answered.removed()); // said again, with nothing beside it that can be refused
    }
    if (error == null) {
      type.ackedVersionInfo = answered.version();
      type.ackedAt = now;
      acked(type, answered);
    } else {
      nacked(type, answered.offered().values().asList(), error, now);
    }
  }

  private static void forget(TypeState type, ImmutableList<String> removed) {
    Map<String, Held> gone = new HashMap<>();
    for (String name : removed) {
      gone.put(name, type.subscription.names().contains(name) ? Held.ABSENT : Held.NOTHING);
    }
    type.holdings = type.holdings.with(gone);
  }

  /** Whether the client has what it had of these is not known any more. */
  private static void doubt(TypeState type, List<String> names) {
    Map<String, Held> uncertain = new HashMap<>();
    names.forEach(name -> uncertain.put(name, type.held(name).asUncertain()));
    type.holdings = type.holdings.with(uncertain);
  }

  private void acked(TypeState type, InFlight answered) {
    TypeResources whole = answered.whole();
    if (whole != null) {
      Map<String, Held> others = new HashMap<>(type.holdings.others());
      others.keySet().removeIf(name -> whole.get(name) != null);
      type.holdings = new Holdings(whole, ImmutableMap.copyOf(others));
    } else {
      Map<String, Resource> offered = answered.offered();
      type.holdings =
          type.holdings.accepting(
              type.subscription.coversAll(offered.keySet())
                  ? offered
                  : Maps.filterKeys(offered, type.subscription::covers));
    }
    boolean all =
        type.subscription.wildcard() || (whole != null && whole.isJust(type.subscription.names()));
    for (Resource resource : answered.offered().values()) {
      if (all || type.subscription.covers(resource.name())) {
        memory.accept(resource);
        say(type, resource, Optional.empty());
      }
    }
  }

  private void nacked(TypeState type, ImmutableList<Resource> offered, String error, Instant now) {
    if (offered.size() == 1) {
      Resource resource = offered.getFirst();
      Nack nack = new Nack(resource.version(), error, now);
      Held held = type.held(resource.name());
      memory.reject(resource, nack, held.body());
      type.holdings =
          type.holdings.with(
              Map.of(
                  resource.name(),
                  new Held(held.version(), held.body(), nack, false, held.absent())));
      say(type, resource, Optional.of(error));
      return;
    }
    // "ACK and NACK semantics summary": an error_detail is a NACK, and names a response only.
    doubt(type, Lists.transform(offered, Resource::name));
    if (!offered.isEmpty()) {
      type.suspects.accuse(offered);
    }
  }

  /** Has it told that the client rejected a resource, or cannot use it. */
  void say(TypeState type, Resource resource, Optional<String> error) {
    untold.add(new Answer(type.typeUrl, resource.name(), resource.version(), error));
  }

  /** What there is to tell since the last call. */
  ImmutableList<Answer> take() {
    if (untold.isEmpty()) {
      return ImmutableList.of();
    }
    ImmutableList<Answer> taken = ImmutableList.copyOf(untold);
    if (taken.size() > FEW) {
      untold = new ArrayList<>(1);
    } else {
      untold.clear();
    }
    return taken;
  }
}
