package dev.serin.rollout;

import com.google.common.collect.ImmutableMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Draws the table of transitions: the phases with an arrow for every way between two of them, and
 * below it every row in words.
 */
final class StateDiagram {

  private static final int BOX_WIDTH = 150;
  private static final int BOX_HEIGHT = 44;
  private static final int TABLE_TOP = 640;
  private static final int LINE = 18;
  private static final int WIDTH = 1180;

  private record Place(int x, int y) {}

  /** Upper left corners: the way up in the middle, stops above, ways out below. */
  private static final ImmutableMap<Phase, Place> PLACES =
      ImmutableMap.<Phase, Place>builder()
          .put(Phase.PENDING, new Place(20, 260))
          .put(Phase.WAITING, new Place(240, 260))
          .put(Phase.PROGRESSING, new Place(490, 260))
          .put(Phase.PROMOTING, new Place(750, 260))
          .put(Phase.SUCCEEDED, new Place(1000, 260))
          .put(Phase.PAUSED, new Place(360, 70))
          .put(Phase.HOLDING, new Place(640, 70))
          .put(Phase.SUPERSEDED, new Place(240, 500))
          .put(Phase.ROLLING_BACK, new Place(640, 500))
          .put(Phase.ROLLED_BACK, new Place(1000, 500))
          .build();

  private record Way(Phase from, Phase to) {}

  private StateDiagram() {}

  static String draw() {
    Map<Way, SortedSet<String>> ways = new LinkedHashMap<>();
    Map<String, SortedSet<String>> lines = new LinkedHashMap<>();
    for (Transitions.Row row : Transitions.ROWS) {
      ways.computeIfAbsent(new Way(row.from(), row.to()), w -> new TreeSet<>())
          .add(row.move().text());
      String line = "%s|%s|%s".formatted(row.from(), row.to(), row.move().text());
      lines.computeIfAbsent(line, l -> new TreeSet<>()).add(word(row.event()));
    }
    int height = TABLE_TOP + (lines.size() + 2) * LINE;
    StringBuilder svg = new StringBuilder();
    svg.append(
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" font-family="sans-serif" font-size="13">
        <title>Phases of a rollout</title>
        <defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#555"/></marker></defs>
        <rect width="%d" height="%d" fill="#fff"/>
        <text x="20" y="32" font-size="18" font-weight="bold">Phases of a rollout: %d declared transitions</text>
        """
            .formatted(WIDTH, height, WIDTH, WIDTH, height, Transitions.ROWS.size()));
    ways.forEach((way, texts) -> arrow(svg, way, String.join("; ", texts)));
    PLACES.forEach((phase, place) -> box(svg, phase, place));
    table(svg, lines);
    return svg.append("</svg>\n").toString();
  }

  private static void box(StringBuilder svg, Phase phase, Place at) {
    String fill =
        switch (phase) {
          case PENDING, WAITING, PAUSED, HOLDING -> "#fff3cd";
          case PROGRESSING, PROMOTING -> "#d6e9ff";
          case SUCCEEDED -> "#d4f0d8";
          case ROLLING_BACK, ROLLED_BACK -> "#f8d7da";
          case SUPERSEDED -> "#e6e6e6";
        };
    svg.append(
        """
        <rect x="%d" y="%d" width="%d" height="%d" rx="8" fill="%s" stroke="#333"/><text x="%d" y="%d" text-anchor="middle" font-weight="bold">%s</text>
        """
            .formatted(
                at.x(),
                at.y(),
                BOX_WIDTH,
                BOX_HEIGHT,
                fill,
                at.x() + BOX_WIDTH / 2,
                at.y() + 27,
                phase));
  }

  private static void arrow(StringBuilder svg, Way way, String texts) {
    Place a = PLACES.get(way.from());
    Place b = PLACES.get(way.to());
    if (a == null || b == null) {
      throw new IllegalStateException(way + " (expected: phases with a place)");
    }
    double ax = a.x() + BOX_WIDTH / 2.0;
    double ay = a.y() + BOX_HEIGHT / 2.0;
    double bx = b.x() + BOX_WIDTH / 2.0;
    double by = b.y() + BOX_HEIGHT / 2.0;
    String path;
    if (way.from() == way.to()) {
      path = "M%.0f %d c-14 -24 34 -24 20 0".formatted(a.x() + BOX_WIDTH - 34.0, a.y());
    } else {
      // Each direction bends to its own side, so that there and back are two lines.
      double length = Math.hypot(bx - ax, by - ay);
      double bend = way.from() == Phase.PROGRESSING && way.to() == Phase.PROMOTING ? 0 : 26;
      bend = length > 450 ? bend * 3 : bend;
      double mx = (ax + bx) / 2 - (by - ay) / length * bend;
      double my = (ay + by) / 2 + (bx - ax) / length * bend;
      path = "M%s Q%.0f %.0f %s".formatted(edge(ax, ay, mx, my), mx, my, edge(bx, by, mx, my));
    }
    svg.append(
        """
        <path d="%s" fill="none" stroke="#555" marker-end="url(#head)"><title>%s to %s: %s</title></path>
        """
            .formatted(path, way.from(), way.to(), texts));
  }

  /** Where the line from a box's middle towards a point leaves the box. */
  private static String edge(double x, double y, double tx, double ty) {
    double dx = tx - x;
    double dy = ty - y;
    double scale =
        Math.min(
            dx == 0 ? Double.MAX_VALUE : BOX_WIDTH / 2.0 / Math.abs(dx),
            dy == 0 ? Double.MAX_VALUE : BOX_HEIGHT / 2.0 / Math.abs(dy));
    return String.format(Locale.ROOT, "%.0f %.0f", x + dx * scale, y + dy * scale);
  }

  private static void table(StringBuilder svg, Map<String, SortedSet<String>> lines) {
    int y = TABLE_TOP;
    line(svg, y, " font-weight=\"bold\"", "from", "to", "on", "what happens");
    for (Map.Entry<String, SortedSet<String>> entry : lines.entrySet()) {
      String[] cells = entry.getKey().split("\\|", -1);
      y += LINE;
      line(
          svg,
          y,
          "",
          cells[0],
          cells[0].equals(cells[1]) ? "(stays)" : cells[1],
          String.join(", ", entry.getValue()),
          cells[2]);
    }
  }

  private static void line(
      StringBuilder svg, int y, String style, String from, String to, String on, String what) {
    svg.append(
        """
        <text y="%d"%s><tspan x="20">%s</tspan><tspan x="170">%s</tspan><tspan x="320">%s</tspan><tspan x="710">%s</tspan></text>
        """
            .formatted(y, style, from, to, on, what));
  }

  private static String word(Event.Kind kind) {
    return kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
