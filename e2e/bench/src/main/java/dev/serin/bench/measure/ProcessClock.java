package dev.serin.bench.measure;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * CPU time and memory of a process, read from {@code /proc}. The scheduler's own figure, in
 * nanoseconds, is summed over threads; {@code /proc/PID/stat} counts in ticks of 10 ms, which is as
 * much as a whole small push. A thread that ended keeps what was last read of it.
 */
public final class ProcessClock {
  private final Path process;
  private final Map<String, Long> threads = new HashMap<>();

  public ProcessClock(long pid) {
    this.process = Path.of("/proc", Long.toString(pid));
  }

  /** Nanoseconds of CPU so far. */
  public long cpuNanos() throws IOException {
    try (DirectoryStream<Path> tasks = Files.newDirectoryStream(process.resolve("task"))) {
      for (Path task : tasks) {
        try {
          String text = Files.readString(task.resolve("schedstat"));
          threads.put(
              task.getFileName().toString(), Long.parseLong(text.substring(0, text.indexOf(' '))));
        } catch (NoSuchFileException ended) {
          // between the listing and the read; what was read of it before still counts
        } catch (IOException ended) {
          if (!String.valueOf(ended.getMessage()).contains("No such process")) {
            throw ended;
          }
        }
      }
    }
    return threads.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Bytes resident in memory. */
  public long residentBytes() throws IOException {
    return Files.readAllLines(process.resolve("status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> line.replaceAll("[^0-9]", ""))
        .mapToLong(kib -> Long.parseLong(kib) << 10)
        .findFirst()
        .orElseThrow(() -> new IOException(process + "/status: no VmRSS (expected: one)"));
  }

  /** Open files that a process may have. */
  public static int openFiles() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/limits")).stream()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> line.substring("Max open files".length()).trim().split(" +", -1))
        .mapToInt(limits ->
            limits[0].equals("unlimited") ? Integer.MAX_VALUE : Integer.parseInt(limits[0]))
        .findFirst()
        .orElseThrow(() -> new IOException("/proc/self/limits: no open files (expected: a limit)"));
  }
}
