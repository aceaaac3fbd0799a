package dev.serin.bench;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.util.List;

/**
 * What a push allocates, and where its CPU time goes, of every server on the JVM. The servers are
 * started anew for it, with small allocation buffers: a sample is taken when one is full, so there
 * are many; what that costs does not matter here.
 */
final class ProfileRun {
  private static final ImmutableList<String> SMALL_BUFFERS =
      ImmutableList.of("-XX:TLABSize=16k", "-XX:-ResizeTLAB");

  /** So many streams see a push, all pushes together: as many samples as make a table steady. */
  private static final int STREAMS_AND_PUSHES = 200_000;

  private static final int MOST_PUSHES = 100;

  private final Setup setup;

  ProfileRun(Setup setup) {
    this.setup = setup;
  }

  void run(String variant) throws InterruptedException {
    for (ServerKind kind : setup.options().servers()) {
      boolean own = setup.scenario().own() && kind.knowsProxies();
      if (!kind.isGo()) {
        try (Subject subject = setup.start(kind, own, SMALL_BUFFERS)) {
          setup.out().println(measure(subject, variant));
        } catch (IOException e) {
          setup.out().println(setup.failed(kind, variant, e));
        }
      }
    }
  }

  private ProfileReport measure(Subject subject, String variant)
      throws IOException, InterruptedException {
    int streams = setup.streams();
    int pushes =
        Math.min(MOST_PUSHES, Math.max(setup.options().pushes(), STREAMS_AND_PUSHES / streams));
    subject.connect(streams, variant.equals("delta"));
    subject.warmUp(setup.warmUp());
    setup.progress(subject.kind(), variant + ": is profiled, " + pushes + " pushes");
    subject.server().profile();
    long before = subject.server().allocated();
    subject.pushes(pushes, streams);
    long allocated = subject.server().allocated() - before;
    List<String> lines = subject.server().profile();
    setup.heading(variant, ", profile of %d pushes, %s".formatted(pushes, subject.kind().title()));
    return ProfileReport.of(lines, allocated, (long) pushes * streams);
  }
}
