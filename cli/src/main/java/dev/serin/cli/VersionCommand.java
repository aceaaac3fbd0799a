package dev.serin.cli;

import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code serin version}. */
@Command(name = "version", description = "Print the version.")
final class VersionCommand implements Callable<Integer>, IVersionProvider {
  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    Console.out(spec).println(getVersion()[0]);
    Console.out(spec).flush();
    return Exit.DONE;
  }

  @Override
  public String[] getVersion() {
    String version = VersionCommand.class.getPackage().getImplementationVersion();
    return new String[] {
      "serin "
          + (version == null ? "(from a build folder)" : version)
          + ", Java "
          + Runtime.version()
    };
  }
}
