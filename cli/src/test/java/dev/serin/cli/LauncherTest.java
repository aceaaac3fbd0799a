package dev.serin.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script {@code serin}, in a source folder of its own with JDKs and a build that only tell. */
final class LauncherTest {
  private static final Path SCRIPT = Path.of("..", "serin");

  @TempDir Path folder;
  private Path root;

  private record Run(int exit, String out, String err) {}

  @BeforeEach
  void copy() throws IOException {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "needs bash");
    root = Files.createDirectories(folder.resolve("a source folder"));
    script("serin", Files.readString(SCRIPT));
    script(
        "mvnw",
        """
        #!/bin/bash
        echo building >&2
        mkdir -p "$(dirname "$0")/cli/target"
        : > "$(dirname "$0")/cli/target/serin-cli-0.jar"
        printf '%s' "$0" > "$(dirname "$0")/cli/target/classpath"
        """);
    for (String part : List.of(".mvn", "proto", "policy", "adapters", "xds-server", "e2e/envoy")) {
      Files.createDirectories(root.resolve(part));
    }
    Files.createDirectories(root.resolve("cli"));
    Files.writeString(root.resolve("pom.xml"), "<project/>");
  }

  private Path script(String name, String text) throws IOException {
    Path file = Files.writeString(root.resolve(name), text);
    assertThat(file.toFile().setExecutable(true)).isTrue();
    return file;
  }

  /** A JDK that prints its version and what it was called with, one argument a line. */
  private Path jdk(int version) throws IOException {
    Path home = folder.resolve("jdk-" + version);
    Path bin = Files.createDirectories(home.resolve("bin"));
    Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + ".0.1\"\n");
    for (String tool : List.of("java", "javac")) {
      Path file =
          Files.writeString(
              bin.resolve(tool),
              "#!/bin/bash\necho jdk " + version + "\necho \"in $PWD\"\nprintf '%s\\n' \"$@\"\n");
      assertThat(file.toFile().setExecutable(true)).isTrue();
    }
    return home;
  }

  private Run run(Map<String, String> environment, Path script, String... arguments)
      throws Exception {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile());
    builder.environment().clear();
    builder.environment().put("PATH", "/usr/bin:/bin");
    builder.environment().putAll(environment);
    Path err = folder.resolve("err");
    Process process = builder.redirectError(err.toFile()).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Run(process.waitFor(), out, Files.readString(err));
  }

  private Map<String, String> environment(Path javaHome) {
    return Map.of("HOME", folder.toString(), "JAVA_HOME", javaHome.toString());
  }

  @Test
  void itRunsFromAnyFolderThroughALinkAndBuildsOnce() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("link"), root.resolve("serin"));
    Run first = run(environment(jdk(25)), link, "lint", "-f", "two words.yaml");
    assertThat(first.exit()).as(first.err()).isZero();
    assertThat(first.err()).contains("building");
    assertThat(first.out().lines()).startsWith("jdk 25", "in " + folder.toRealPath());
    assertThat(first.out().lines()).endsWith("dev.serin.cli.Main", "lint", "-f", "two words.yaml");
    Run second = run(environment(jdk(25)), link, "version");
    assertThat(second.err()).isEmpty();
  }

  @Test
  void anOlderJavaHomeIsPassedOver() throws Exception {
    Path newer = jdk(25);
    Run run =
        run(
            Map.of(
                "HOME", folder.toString(),
                "JAVA_HOME", jdk(17).toString(),
                "PATH", newer.resolve("bin") + ":/usr/bin:/bin"),
            root.resolve("serin"),
            "version");
    assertThat(run.out()).startsWith("jdk 25");
  }

  @Test
  void withoutAJdkItSaysWhatToDo() throws Exception {
    Path script =
        script("serin", Files.readString(SCRIPT).replace("least_java=21", "least_java=999"));
    Run run = run(environment(jdk(25)), script, "version");
    assertThat(run.exit()).isEqualTo(Exit.FAILED);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("needs a JDK, 999 or later").contains("or set JAVA_HOME to it");
  }

  /** It said that there was no JDK. */
  @Test
  void aServiceWithoutAHomeStarts() throws Exception {
    Run run = run(Map.of("JAVA_HOME", jdk(25).toString()), root.resolve("serin"), "version");
    assertThat(run.exit()).as(run.err()).isZero();
    assertThat(run.err()).doesNotContain("unbound");
  }

  /** The JVM wrote four lines of warning before every answer over TLS. */
  @Test
  void shortCommandsLoadNoNativeLibraries() throws Exception {
    Run run = run(environment(jdk(25)), root.resolve("serin"), "get", "rollouts", "--tls");
    assertThat(run.out().lines())
        .contains("-Dio.netty.handler.ssl.noOpenSsl=true", "-Dio.netty.transport.noNative=true");
    Run server = run(environment(jdk(25)), root.resolve("serin"), "server");
    assertThat(server.out().lines()).contains("--enable-native-access=ALL-UNNAMED");
  }

  /** Every command complained of the archive after a build that the launcher had not started. */
  @Test
  void theArchiveOfClassesIsMadeAnewForOtherJars() throws Exception {
    Path jdk = jdk(21);
    Path calls = folder.resolve("calls");
    Files.writeString(
        jdk.resolve("bin/java"),
        """
        #!/bin/bash
        for argument in "$@"; do
          case $argument in -XX:SharedArchiveFile=*) : > "${argument#*=}" ;; esac
        done
        echo "${*: -1}" >> "%s"
        """
            .formatted(calls));
    Map<String, String> environment =
        Map.of("JAVA_HOME", jdk.toString(), "XDG_CACHE_HOME", folder.resolve("cache").toString());
    run(environment, root.resolve("serin"), "version");
    run(environment, root.resolve("serin"), "version");
    assertThat(Files.readAllLines(calls)).containsExactly("127.0.0.1:1", "version", "version");

    Files.delete(calls);
    Path jar = root.resolve("cli/target/serin-cli-0.jar");
    Files.setLastModifiedTime(jar, FileTime.from(Instant.now().plusSeconds(60)));
    run(environment, root.resolve("serin"), "version");
    assertThat(Files.readAllLines(calls)).containsExactly("127.0.0.1:1", "version");
  }

  @Test
  void aBuildThatFailsIsToldAndNothingRuns() throws Exception {
    script("mvnw", "#!/bin/bash\necho no network >&2\nexit 1\n");
    Run run = run(environment(jdk(25)), root.resolve("serin"), "version");
    assertThat(run.exit()).isEqualTo(Exit.FAILED);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("no network").contains("the build failed");
  }
}
