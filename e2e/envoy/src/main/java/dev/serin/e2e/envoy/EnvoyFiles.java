package dev.serin.e2e.envoy;

import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The files of one Envoy, and the command line that names them. */
record EnvoyFiles(Path bootstrap, Path log, Path admin) {

  /**
   * Laid over the bootstrap. Wherever that puts the admin interface, several proxies on one machine
   * must not meet at one port.
   */
  private static final String OVERLAY =
      "admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}";

  private static final int TAIL_LINES = 10;
  private static final int TAIL_LENGTH = 2_000;

  static EnvoyFiles write(Path folder, String name, String bootstrap) throws IOException {
    Files.createDirectories(folder);
    EnvoyFiles files =
        new EnvoyFiles(
            folder.resolve(name + ".yaml"),
            folder.resolve(name + ".log"),
            folder.resolve(name + ".admin"));
    Files.writeString(files.bootstrap, bootstrap);
    Files.writeString(files.log, "");
    Files.deleteIfExists(files.admin);
    return files;
  }

  /**
   * Hot restart is off: it would need an id of its own per proxy, and leave shared memory behind
   * after a kill.
   */
  static ImmutableList<String> command(String binary, String bootstrap, String admin) {
    return ImmutableList.of(
        binary,
        "--config-path",
        bootstrap,
        "--config-yaml",
        OVERLAY,
        "--admin-address-path",
        admin,
        "--disable-hot-restart",
        "--concurrency",
        "1",
        "--log-level",
        "info");
  }

  /** The last lines of the log that are not mere information: where Envoy says why it ended. */
  String logTail() throws IOException {
    List<String> lines =
        new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
            .lines()
            .filter(line -> !line.contains("][info]"))
            .toList();
    String tail =
        String.join("\n", lines.subList(Math.max(0, lines.size() - TAIL_LINES), lines.size()));
    return tail.substring(Math.max(0, tail.length() - TAIL_LENGTH)).strip();
  }
}
