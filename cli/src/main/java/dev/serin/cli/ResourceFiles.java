package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import dev.serin.text.Reading;
import dev.serin.text.ResourceReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What {@code -f} names: files, folders of them, or standard input. */
final class ResourceFiles {
  private static final String STANDARD_INPUT = "-";
  private static final ImmutableList<String> ENDINGS = ImmutableList.of(".yaml", ".yml", ".json");

  private ResourceFiles() {}

  /**
   * Reads everything as one set.
   *
   * @param paths a folder stands for its {@code *.yaml}, {@code *.yml} and {@code *.json}, by name;
   *     {@code -} for standard input, and then alone
   * @throws CommandFailure when a folder has no such file or cannot be listed
   */
  static Reading read(List<String> paths, InputStream standardInput) {
    if (paths.contains(STANDARD_INPUT)) {
      if (paths.size() > 1) {
        throw new CommandFailure(Exit.USAGE, "-f -: standard input stands alone");
      }
      return ResourceReader.read("stdin", bytes(standardInput));
    }
    List<Path> files = new ArrayList<>();
    for (String path : paths) {
      Path file = Path.of(path);
      if (Files.isDirectory(file)) {
        files.addAll(filesOf(file));
      } else {
        files.add(file);
      }
    }
    return ResourceReader.readFiles(files);
  }

  private static List<Path> filesOf(Path folder) {
    try (Stream<Path> entries = Files.list(folder)) {
      List<Path> files =
          entries
              .filter(Files::isRegularFile)
              .filter(file -> ENDINGS.stream().anyMatch(file.toString()::endsWith))
              .sorted()
              .toList();
      if (files.isEmpty()) {
        throw new CommandFailure(
            Exit.FAILED, folder + ": no resources (expected: *.yaml, *.yml or *.json)");
      }
      return files;
    } catch (IOException unreadable) {
      throw new CommandFailure(
          Exit.FAILED, folder + ": cannot be listed: " + unreadable.getMessage());
    }
  }

  private static byte[] bytes(InputStream input) {
    try {
      // One more than a reader takes, so that it is the reader who says what is too much.
      return input.readNBytes(ResourceReader.MAX_BYTES + 1);
    } catch (IOException unreadable) {
      throw new CommandFailure(Exit.FAILED, "stdin: cannot be read: " + unreadable.getMessage());
    }
  }
}
