package dev.serin.cli.demo;

import com.google.common.collect.ImmutableList;
import java.io.PrintWriter;

/** A table that is drawn again and again in the same place of a terminal. */
final class TableScreen implements Screen {
  private static final String UP = "\033[%dA";
  private static final String CLEAR_LINE = "\033[2K";
  private static final String CLEAR_BELOW = "\033[J";

  private final PrintWriter out;
  private final Table table;
  private int drawn;

  TableScreen(PrintWriter out, Table table) {
    this.out = out;
    this.table = table;
  }

  @Override
  public void say(String text) {
    erase();
    out.println(text);
    out.flush();
  }

  @Override
  public void show(Frame frame) {
    ImmutableList<String> lines = table.lines(frame);
    StringBuilder picture = new StringBuilder(drawn == 0 ? "" : UP.formatted(drawn));
    lines.forEach(line -> picture.append(CLEAR_LINE).append(line).append('\n'));
    // The picture before may have been taller.
    picture.append(CLEAR_BELOW);
    drawn = lines.size();
    out.print(picture);
    out.flush();
  }

  @Override
  public void done() {
    // The last picture stays, and what follows is written below it.
    drawn = 0;
  }

  private void erase() {
    if (drawn > 0) {
      out.print(UP.formatted(drawn) + CLEAR_BELOW);
      drawn = 0;
    }
  }
}
