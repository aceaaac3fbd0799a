package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;

/**
 * Every class of the whole product, its command line included, stands once on the class path: which
 * of two would win depends on the order of the path.
 */
class ClassPathTest {

  @Test
  void noClassStandsTwice() throws IOException {
    List<Path> classPath =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
            .filter(entry -> !entry.isEmpty())
            .map(Path::of)
            .filter(Files::exists)
            .toList();
    assertThat(classPath).as("more than a launcher's jar").hasSizeGreaterThan(50);
    TreeMap<String, TreeSet<Path>> homes = new TreeMap<>();
    for (Path entry : classPath) {
      for (String name : classes(entry)) {
        homes.computeIfAbsent(name, unused -> new TreeSet<>()).add(entry);
      }
    }
    assertThat(homes).containsKey("dev/serin/cli/Main.class");
    homes.values().removeIf(entries -> entries.size() == 1);
    assertThat(homes).isEmpty();
  }

  private static List<String> classes(Path entry) throws IOException {
    if (Files.isDirectory(entry)) {
      try (Stream<Path> files = Files.walk(entry)) {
        return files
            .map(file -> entry.relativize(file).toString().replace(File.separatorChar, '/'))
            .filter(ClassPathTest::isClass)
            .toList();
      }
    }
    try (ZipFile zip = new ZipFile(entry.toFile())) {
      return zip.stream().map(ZipEntry::getName).filter(ClassPathTest::isClass).toList();
    }
  }

  /** Module descriptors and the variants of multi-release jars are no classes of their own. */
  private static boolean isClass(String name) {
    return name.endsWith(".class")
        && !name.startsWith("META-INF/")
        && !name.equals("module-info.class");
  }
}
