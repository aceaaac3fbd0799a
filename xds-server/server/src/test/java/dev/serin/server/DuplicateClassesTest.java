package dev.serin.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedSet;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Holds the class path free of classes that stand twice: which of two wins depends on the order of
 * the path, and that differs between the build, the launcher and an IDE.
 */
class DuplicateClassesTest {

  @Test
  void noClassStandsTwiceOnTheClassPath() {
    List<Path> classPath =
        Arrays.stream(System.getProperty("java.class.path").split(java.io.File.pathSeparator))
            .filter(entry -> !entry.isEmpty())
            .map(Path::of)
            .filter(Files::exists)
            .toList();
    // The server's whole class path: were it a lone launcher jar, the test would see nothing.
    assertThat(classPath).hasSizeGreaterThan(40);
    assertThat(duplicates(classPath)).isEmpty();
  }

  @Test
  void aClassInTwoJarsIsFound(@TempDir Path folder) throws IOException {
    Path one = jar(folder.resolve("one.jar"), "a/Same.class", "a/One.class", "module-info.class");
    Path two = jar(folder.resolve("two.jar"), "a/Same.class", "META-INF/x/Y.class");
    Path three = Files.createDirectories(folder.resolve("three/a"));
    Files.write(three.resolve("One.class"), new byte[0]);

    assertThat(duplicates(List.of(one, two, folder.resolve("three"))))
        .containsOnlyKeys("a/Same.class", "a/One.class")
        .containsEntry("a/Same.class", ImmutableSortedSet.of(one, two));
  }

  private static Map<String, Collection<Path>> duplicates(List<Path> classPath) {
    Map<String, Collection<Path>> homes = new TreeMap<>();
    for (Path entry : classPath) {
      for (String name : classNames(entry)) {
        homes.computeIfAbsent(name, unused -> new TreeSet<>()).add(entry);
      }
    }
    homes.values().removeIf(paths -> paths.size() == 1);
    return homes;
  }

  private static List<String> classNames(Path entry) {
    try {
      if (Files.isDirectory(entry)) {
        try (Stream<Path> files = Files.walk(entry)) {
          return files
              .map(file -> entry.relativize(file).toString().replace('\\', '/'))
              .filter(DuplicateClassesTest::isClass)
              .toList();
        }
      }
      try (ZipFile zip = new ZipFile(entry.toFile())) {
        return zip.stream().map(ZipEntry::getName).filter(DuplicateClassesTest::isClass).toList();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(entry.toString(), e);
    }
  }

  /** Module descriptors and the variants of multi-release jars are no classes of their own. */
  private static boolean isClass(String name) {
    return name.endsWith(".class")
        && !name.startsWith("META-INF/")
        && !name.equals("module-info.class");
  }

  private static Path jar(Path file, String... names) throws IOException {
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(file))) {
      for (String name : names) {
        out.putNextEntry(new ZipEntry(name));
        out.closeEntry();
      }
    }
    return file;
  }
}
