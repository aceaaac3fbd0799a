package dev.serin.bench;

import dev.serin.bench.PushRun.Aftermath;
import dev.serin.bench.PushRun.Result;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One server in one round of a {@link PushRun}: after its first failure it is left alone. */
final class Turn implements AutoCloseable {
  private final Setup setup;
  private final ServerKind kind;
  private final String variant;
  private final boolean own;
  private final List<PushFigures> pushes = new ArrayList<>();
  private Optional<String> failure = Optional.empty();
  private @Nullable Subject subject;
  private ServerProcess.@Nullable Memory before;
  private @Nullable StormFigures storm;
  private @Nullable Aftermath aftermath;

  /** Something that a server may fail in. */
  interface Step {
    void run(Subject subject) throws IOException, InterruptedException;
  }

  /**
   * @param own whether every proxy has a cluster of its own
   */
  Turn(Setup setup, ServerKind kind, String variant, boolean own) {
    this.setup = setup;
    this.kind = kind;
    this.variant = variant;
    this.own = own;
  }

  ServerKind kind() {
    return kind;
  }

  /** Starts it, connects its fleet, warms it up. */
  void begin() throws InterruptedException {
    attempt(() -> {
      setup.progress(kind, variant + ": connects, warms up");
      Subject started = setup.start(kind, own);
      subject = started;
      before = started.server().memory();
      storm = started.connect(setup.streams(), variant.equals("delta"));
      started.warmUp(setup.warmUp());
    });
  }

  /** A push that is measured; one that not everybody saw is the last. */
  void push() throws InterruptedException {
    then(begun -> {
      PushFigures figures = begun.push(setup.streams());
      pushes.add(figures);
      if (figures.missing() > 0) {
        throw new IOException(begun.notSeen(figures.missing(), setup.streams()));
      }
    });
  }

  /** Takes its memory, then connects its fleet once more. */
  void end() throws InterruptedException {
    then(begun -> {
      setup.progress(kind, variant + ": is looked at, and connected again");
      long resident = begun.server().clock().residentBytes();
      ServerProcess.Memory after = begun.server().memory();
      begun.disconnect();
      StormFigures again = begun.connect(setup.streams(), variant.equals("delta"));
      begun.disconnect();
      if (before != null && storm != null) {
        aftermath = new Aftermath(storm, again, before, after, resident);
      }
    });
  }

  /** Does this, unless the server has failed. */
  void then(Step step) throws InterruptedException {
    Subject begun = subject;
    if (begun != null && failure.isEmpty()) {
      attempt(() -> step.run(begun));
    }
  }

  private interface Attempt {
    void run() throws IOException, InterruptedException;
  }

  private void attempt(Attempt attempt) throws InterruptedException {
    try {
      attempt.run();
    } catch (IOException e) {
      failure = Optional.of(setup.failed(kind, variant, e));
      close();
    }
  }

  Result result() {
    return new Result(List.copyOf(pushes), Optional.ofNullable(aftermath), failure);
  }

  @Override
  public void close() {
    if (subject != null) {
      subject.close();
    }
  }
}
