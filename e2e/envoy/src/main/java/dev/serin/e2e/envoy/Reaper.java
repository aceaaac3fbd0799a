package dev.serin.e2e.envoy;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sees to it that no process that this JVM started survives it.
 *
 * <p>A shutdown hook covers an exit and Ctrl-C. A JVM that is killed runs no hooks, so where there
 * is a shell, one of them waits at a pipe from here: it hears of every process that starts and
 * ends, and when the pipe closes for whatever reason it kills those that are left.
 */
final class Reaper {

  private static final Logger log = LoggerFactory.getLogger(Reaper.class);

  /** Reads "+ PID" and "- PID"; at the end of input kills what was added and not taken back. */
  private static final String SCRIPT =
      """
      trap '' INT TERM HUP
      living=''
      while read -r sign pid; do
        if [ "$sign" = + ]; then
          living="$living $pid"
        else
          left=''
          for one in $living; do [ "$one" = "$pid" ] || left="$left $one"; done
          living=$left
        fi
      done
      for one in $living; do kill -KILL "$one"; done
      """;

  private static final Reaper INSTANCE = new Reaper();

  private final List<ProcessHandle> living = new ArrayList<>();
  private @Nullable OutputStream watchman;

  private Reaper() {
    Runtime.getRuntime().addShutdownHook(new Thread(this::killAll, "kill-child-processes"));
    try {
      Process shell =
          new ProcessBuilder("/bin/sh", "-c", SCRIPT)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      watchman = shell.getOutputStream();
    } catch (IOException e) {
      log.debug("no shell watches over child processes: {}", e.getMessage());
    }
  }

  /** Watches a child process until it ends. */
  static void watch(Process process) {
    INSTANCE.add(process.toHandle());
    var unused = process.onExit().thenAccept(ended -> INSTANCE.remove(ended.toHandle()));
  }

  private synchronized void add(ProcessHandle process) {
    living.add(process);
    tell("+ " + process.pid());
  }

  private synchronized void remove(ProcessHandle process) {
    if (living.remove(process)) {
      tell("- " + process.pid());
    }
  }

  private synchronized void killAll() {
    for (ProcessHandle process : living) {
      boolean unused = process.destroyForcibly();
    }
  }

  private void tell(String line) {
    if (watchman == null) {
      return;
    }
    try {
      watchman.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      watchman.flush();
    } catch (IOException e) {
      log.debug("the shell that watches over child processes is gone: {}", e.getMessage());
      watchman = null;
    }
  }
}
