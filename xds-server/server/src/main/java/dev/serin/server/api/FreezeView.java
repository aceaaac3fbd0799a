package dev.serin.server.api;

import dev.serin.calendar.Openness;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.StoredFreeze;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.FreezeWindow;
import dev.serin.v1.FreezeWindowStatus;
import java.time.Instant;

/** Freezes as the API shows them. */
final class FreezeView {
  private FreezeView() {}

  static FreezeWindow of(Versioned<StoredFreeze> stored, Instant now) {
    StoredFreeze freeze = stored.value();
    Openness openness = freeze.window().freeze().times().at(now);
    FreezeWindowStatus.Builder status =
        FreezeWindowStatus.newBuilder()
            .setRevision(stored.revision())
            .setActive(!openness.isOpen())
            .setActor(freeze.actor())
            .setReason(freeze.reason());
    openness.until().ifPresent(until -> status.setChanges(Times.of(until)));
    return ProtoCodec.toProto(freeze.window()).toBuilder()
        .setStatus(status)
        .setEtag(Long.toString(stored.revision()))
        .build();
  }
}
