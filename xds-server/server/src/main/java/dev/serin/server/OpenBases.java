package dev.serin.server;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.serin.ads.AdsService;
import dev.serin.ads.Proxy;
import dev.serin.mesh.BaseSnapshot;
import dev.serin.mesh.BaseSnapshots;
import dev.serin.server.base.FilesBase;
import dev.serin.server.base.MeshBases;
import dev.serin.server.config.ServerConfig.BaseSource;
import dev.serin.server.fleet.Bases;
import dev.serin.server.fleet.MeshPublisher;
import dev.serin.server.upstream.Upstream;
import dev.serin.server.upstream.UpstreamChannel;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The bases that the configuration names, around Serin's own services. */
final class OpenBases implements Closeable {
  private final BaseSnapshots shared = new BaseSnapshots();
  private final MeterRegistry meters;
  private final List<FilesBase> files = new ArrayList<>();
  private final List<MeshBases.Source> before = new ArrayList<>();
  private final List<MeshBases.Source> after = new ArrayList<>();
  private final Bases bases;
  private @Nullable Upstream upstream;

  // Set by connect, before anything is served.
  private volatile @Nullable AdsService ads;
  private volatile @Nullable MeshPublisher publisher;

  private OpenBases(ImmutableList<BaseSource> sources, MeterRegistry meters) throws IOException {
    this.meters = meters;
    boolean listed = sources.stream().anyMatch(BaseSource.Services.class::isInstance);
    boolean services = !listed; // what Serin publishes wins where nobody says otherwise
    for (BaseSource source : sources) {
      List<MeshBases.Source> side = services ? after : before;
      switch (source) {
        case BaseSource.Services s -> services = true;
        case BaseSource.Files(Path dir) -> side.add(folder(dir));
        case BaseSource.Upstream wanted -> side.add(controlPlane(wanted, services));
      }
    }
    this.bases =
        before.isEmpty() && after.isEmpty()
            ? Bases.NONE
            : new MeshBases(shared, ImmutableList.copyOf(before), ImmutableList.copyOf(after));
  }

  static OpenBases open(ImmutableList<BaseSource> sources, MeterRegistry meters)
      throws IOException {
    return new OpenBases(sources, meters);
  }

  private MeshBases.Source folder(Path dir) {
    FilesBase folder = new FilesBase(dir, shared, meters, () -> changed(true));
    files.add(folder);
    return new MeshBases.Source() {
      @Override
      public BaseSnapshot of(Proxy proxy) {
        return folder.now();
      }

      @Override
      public ImmutableSet<BaseSnapshot> inUse() {
        return ImmutableSet.of(folder.now());
      }
    };
  }

  private MeshBases.Source controlPlane(BaseSource.Upstream wanted, boolean afterServices)
      throws IOException {
    ImmutableList<FilesBase> winning = ImmutableList.copyOf(files);
    Upstream opened =
        new Upstream(
            UpstreamChannel.to(wanted),
            new Upstream.Settings(wanted.forwardAuthorization(), wanted.protocol()),
            shared,
            (type, name) ->
                winning.stream().anyMatch(f -> f.now().ofType(type).get(name) != null)
                    || (afterServices && isPublished(type, name)),
            this::changed,
            meters);
    upstream = opened;
    return opened;
  }

  private boolean isPublished(String typeUrl, String name) {
    MeshPublisher present = publisher;
    return present != null && present.isOwn(typeUrl, name);
  }

  Bases bases() {
    return bases;
  }

  /** Starts to read and to pass on. */
  void connect(AdsService service, MeshPublisher publishing) {
    ads = service;
    publisher = publishing;
    if (upstream != null) {
      service.tell(upstream);
      service.fleetView().addListener(upstream);
    }
    files.forEach(FilesBase::start);
  }

  /** Everybody may be concerned. */
  private void changed(boolean routes) {
    noteRoutes(routes);
    Objects.requireNonNull(publisher).rebased();
  }

  private void changed(Proxy proxy, boolean routes) {
    noteRoutes(routes);
    Objects.requireNonNull(ads).lookAgain(proxy);
  }

  private void noteRoutes(boolean routes) {
    if (routes && bases instanceof MeshBases all) {
      all.changed();
    }
  }

  /** What proxies wait for before they can be served. */
  ImmutableList<String> waiting() {
    return files.stream()
        .filter(folder -> !folder.isKnown())
        .flatMap(folder -> folder.problems().stream().limit(3))
        .map(problem -> "mesh.base files: " + problem)
        .collect(ImmutableList.toImmutableList());
  }

  @Override
  public void close() throws IOException {
    if (upstream != null) {
      upstream.close();
    }
    for (FilesBase folder : files) {
      folder.close();
    }
  }
}
