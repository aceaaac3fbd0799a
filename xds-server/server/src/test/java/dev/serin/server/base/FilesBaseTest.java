package dev.serin.server.base;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.mesh.BaseSnapshot;
import dev.serin.mesh.BaseSnapshots;
import dev.serin.mesh.TypeUrls;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A watched folder of Envoy's resources. */
class FilesBaseTest {
  @TempDir Path folder;

  private final LinkedBlockingQueue<Long> changes = new LinkedBlockingQueue<>();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private @Nullable FilesBase base;

  @AfterEach
  void close() throws IOException {
    if (base != null) {
      base.close();
    }
  }

  private FilesBase start() {
    FilesBase started =
        new FilesBase(folder, new BaseSnapshots(), meters, () -> changes.add(System.nanoTime()));
    base = started;
    started.start();
    return started;
  }

  private void put(String name, String text) throws IOException {
    Path written = Files.writeString(folder.resolve("." + name + ".new"), text);
    Files.move(written, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private long awaitChange() throws InterruptedException {
    Long at = changes.poll(20, TimeUnit.SECONDS);
    assertThat(at).as("a change within 20 s").isNotNull();
    return at == null ? 0 : at;
  }

  private static String cluster(String name, String timeout) {
    return """
    "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
    name: %s
    connect_timeout: %s
    """
        .formatted(name, timeout);
  }

  @Test
  void theFolderIsServedAsOneSet() throws Exception {
    put("a.yaml", cluster("a", "1s") + "---\n" + cluster("b", "1s"));
    put(
        "c.json",
        "[{\"@type\": \"type.googleapis.com/envoy.config.cluster.v3.Cluster\", \"name\": \"c\"}]");
    Files.writeString(folder.resolve("README.txt"), "no resources");
    FilesBase files = start();
    assertThat(files.problems()).isEmpty();
    assertThat(files.isKnown()).isTrue();
    assertThat(files.now().ofType(TypeUrls.CLUSTER).byName().keySet())
        .containsExactly("a", "b", "c");
  }

  /** Within 100 ms on a quiet machine; that is asserted with room for a busy one. */
  @Test
  void aFileThatIsReplacedByRenameIsServedSoon() throws Exception {
    put("a.yaml", cluster("a", "1s"));
    FilesBase files = start();
    changes.clear();
    long best = Long.MAX_VALUE;
    for (int i = 2; i < 12; i++) {
      BaseSnapshot before = files.now();
      long from = System.nanoTime();
      put("a.yaml", cluster("a", i + "s"));
      best = Math.min(best, awaitChange() - from);
      assertThat(files.now()).isNotEqualTo(before);
    }
    assertThat(Duration.ofNanos(best)).isLessThan(Duration.ofMillis(100));
  }

  @Test
  void aFileThatDoesNotParseChangesNothingAndIsToldUntilItDoes() throws Exception {
    put("a.yaml", cluster("a", "1s"));
    put("b.yaml", cluster("b", "1s"));
    FilesBase files = start();
    changes.clear();
    BaseSnapshot whole = files.now();
    put("b.yaml", "name: [");
    put("a.yaml", cluster("a", "2s")); // nothing of a set that is not whole is served
    awaitProblem(files);
    assertThat(files.problems()).anyMatch(problem -> problem.contains("b.yaml"));
    assertThat(files.now()).isSameAs(whole);
    assertThat(meters.get("serin.base.files.problems").gauge().value()).isPositive();
    put("b.yaml", cluster("b", "1s"));
    var unused = awaitChange();
    assertThat(files.problems()).isEmpty();
    assertThat(files.now()).isNotEqualTo(whole);
  }

  @Test
  void aFieldThatNobodyKnowsIsAProblemAndNotDropped() throws Exception {
    put("a.yaml", cluster("a", "1s") + "no_such_field: 1\n");
    FilesBase files = start();
    assertThat(files.isKnown()).isFalse(); // nothing of it is known, so nobody is told "none"
    assertThat(files.problems()).singleElement().asString().contains("a.yaml", "no_such_field");
  }

  @Test
  void oneNameInTwoFilesIsAProblem() throws Exception {
    put("a.yaml", cluster("a", "1s"));
    put("b.yaml", cluster("a", "2s"));
    assertThat(start().problems()).singleElement().asString().contains("b.yaml", "a.yaml", "once");
  }

  @Test
  void aDiscoveryResponseBringsItsVersionAndOthersBringNone() throws Exception {
    put(
        "cds.yaml",
        """
        version_info: "17"
        type_url: type.googleapis.com/envoy.config.cluster.v3.Cluster
        resources:
          - "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
            name: a
        """);
    FilesBase files = start();
    assertThat(files.now().ofType(TypeUrls.CLUSTER).versionInfo()).isEqualTo("17");
    changes.clear();
    put("more.yaml", cluster("b", "1s"));
    var unused = awaitChange();
    assertThat(files.now().ofType(TypeUrls.CLUSTER).versionInfo()).startsWith("s1-");
  }

  @Test
  void aFolderThatIsNotThereIsToldAndServedOnceItIs() throws Exception {
    Path missing = folder.resolve("later");
    FilesBase files =
        new FilesBase(missing, new BaseSnapshots(), meters, () -> changes.add(System.nanoTime()));
    base = files;
    files.start();
    assertThat(files.isKnown()).isFalse();
    assertThat(files.problems()).singleElement().asString().contains("later");
    Files.createDirectory(missing);
    Files.writeString(missing.resolve("a.yaml"), cluster("a", "1s"));
    var unused = awaitChange();
    assertThat(files.isKnown()).isTrue();
  }

  private static void awaitProblem(FilesBase files) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (files.problems().isEmpty() && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }
}
