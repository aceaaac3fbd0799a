package dev.serin.bench.peer;

import com.sun.management.ThreadMXBean;
import dev.serin.bench.content.Content;
import io.netty.util.internal.PlatformDependent;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs one server: {@code KIND CONTENT PROXIES}. Every server, in whatever language, keeps to this:
 *
 * <pre>
 * (starts)     ready PORT
 * push WEIGHT  pushed NANOSECONDS            how long the call took
 * stats        stats HEAP OTHER              bytes alive after a collection, and beside the heap
 * allocated    allocated BYTES               so far, garbage included
 * profile      profile LINES, then the lines what was allocated since the last one, and ran
 * (end of input: ends)
 * </pre>
 */
public final class PeerMain {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private final Peer peer;
  private final PrintStream out;
  private @Nullable Profile profile;

  private PeerMain(Peer peer, PrintStream out) {
    this.peer = peer;
    this.out = out;
  }

  public static void main(String[] args) throws IOException {
    PrintStream out = System.out;
    // Libraries may print; the protocol has standard output for itself.
    System.setOut(System.err);
    Content content = Content.read(Path.of(args[1]));
    Peer peer = PeerKind.of(args[0]).peer(content, Integer.parseInt(args[2]));
    new PeerMain(peer, out).run();
    // What runs in threads that are not daemons has nothing left to do.
    Runtime.getRuntime().halt(0);
  }

  private void run() throws IOException {
    answer("ready " + peer.start());
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.split(" ", -1);
      switch (words[0]) {
        case "push" -> push(Integer.parseInt(words[1]));
        case "stats" -> stats();
        case "allocated" -> answer("allocated " + THREADS.getTotalThreadAllocatedBytes());
        case "profile" -> profile();
        default ->
            throw new IOException(
                "command: \"" + line + "\" (expected: push, stats, allocated, profile)");
      }
    }
  }

  private void push(int weight) {
    long begun = System.nanoTime();
    peer.push(weight);
    answer("pushed " + (System.nanoTime() - begun));
  }

  private void stats() {
    // Reference queues and cleaners want a second look.
    System.gc();
    System.gc();
    long heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    answer("stats " + heap + " " + Math.max(0, PlatformDependent.usedDirectMemory()));
  }

  private void profile() throws IOException {
    List<String> lines = profile == null ? List.of() : profile.stop();
    profile = Profile.start();
    answer("profile " + lines.size());
    lines.forEach(this::answer);
  }

  private void answer(String line) {
    out.println(line);
    out.flush();
  }
}
