package dev.serin.text;

import com.google.common.collect.ImmutableList;
import dev.serin.text.Forest.Refused;
import dev.serin.text.Problem.Code;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.DocumentEndEvent;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingEndEvent;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceEndEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * YAML into trees, from the parser's events, so that every limit holds before anything is built and
 * no tag ever makes an object.
 */
final class YamlTrees {

  private record Anchored(Tree tree, int nodes) {}

  /** Documents that cannot be read are told apart up to here; more is no text of resources. */
  private static final int MAX_BROKEN = 20;

  private final Forest forest;
  private final Iterator<Event> events;

  /** Lines before the first one of the events. */
  private final int before;

  private final Map<String, Anchored> anchors = new HashMap<>();
  private int aliases;

  private YamlTrees(Forest forest, Iterator<Event> events, int before) {
    this.forest = forest;
    this.events = events;
    this.before = before;
  }

  static void read(String text, Forest forest) {
    if (longestDocument(text) > Forest.MAX_DOCUMENT_CHARS) {
      tooLarge(forest);
      return;
    }
    String printable = printable(text, forest);
    int from = 0;
    int line = 1;
    for (int broken = 0; from >= 0 && broken < MAX_BROKEN; broken++) {
      int fault = readFrom(printable, from, line, forest);
      int next = fault < 0 ? -1 : nextDocument(printable, from, fault - line);
      if (next >= 0) {
        line += (int) printable.substring(from, next).chars().filter(c -> c == '\n').count();
      }
      from = next;
    }
  }

  /** Says where the first character is that YAML has no place for, and goes on without them. */
  private static String printable(String text, Forest forest) {
    int line = 1;
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int c = text.codePointAt(i);
      if (!StreamReader.isPrintable(c)) {
        String shown = Shown.value(Character.toString(c));
        forest.problem(line, Code.SYNTAX, "character " + shown + " (expected: text)", "");
        StringBuilder clean = new StringBuilder(text.length());
        text.codePoints()
            .forEach(p -> clean.appendCodePoint(StreamReader.isPrintable(p) ? p : '?'));
        return clean.toString();
      }
      line += c == '\n' ? 1 : 0;
    }
    return text;
  }

  /** Reads documents to the end, or to what is no YAML, whose line it returns; -1 at the end. */
  private static int readFrom(String text, int from, int firstLine, Forest forest) {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(Forest.MAX_DOCUMENT_CHARS);
    options.setNestingDepthLimit(Forest.MAX_DEPTH);
    options.setProcessComments(false);
    StringReader rest = new StringReader(text.substring(from));
    try {
      Iterator<Event> events = new Yaml(options).parse(rest).iterator();
      new YamlTrees(forest, events, firstLine - 1).documents();
      return -1;
    } catch (Refused refused) {
      forest.problem(refused.line, refused.code, String.valueOf(refused.getMessage()), "");
      return refused.code == Code.SYNTAX ? refused.line : -1;
    } catch (MarkedYAMLException e) {
      int line = firstLine + (e.getProblemMark() == null ? 0 : e.getProblemMark().getLine());
      forest.problem(line, Code.SYNTAX, "not YAML: " + Shown.value(words(e)), "");
      return line;
    } catch (YAMLException e) {
      String message = String.valueOf(e.getMessage());
      if (message.contains("exceeds the limit")) {
        tooLarge(forest);
      } else {
        forest.problem(firstLine, Code.SYNTAX, "not YAML: " + Shown.value(message), "");
      }
      return -1;
    } finally {
      forest.leaveAll();
    }
  }

  /**
   * Where a document begins after what cannot be read: three dashes at the start of a line are a
   * separator whatever stands before them.
   *
   * @param linesOn the fault's line, counted from 0 at {@code from}
   */
  private static int nextDocument(String text, int from, int linesOn) {
    int at = from;
    for (int i = 0; i < linesOn && at >= 0; i++) {
      int end = text.indexOf('\n', at);
      at = end < 0 ? -1 : end + 1;
    }
    if (at < 0) {
      return -1;
    }
    boolean isHere = at > from && text.startsWith("---", at);
    int found = isHere ? at - 1 : text.indexOf("\n---", at);
    return found < 0 ? -1 : found + 1;
  }

  private static void tooLarge(Forest forest) {
    forest.problem(
        1,
        Code.TOO_LARGE,
        "a document of more than " + Forest.MAX_DOCUMENT_CHARS + " characters (expected: fewer)",
        "");
  }

  /** Told from the separators alone: the scanner would read a huge value whole before it asks. */
  private static int longestDocument(String text) {
    int longest = 0;
    int start = 0;
    for (int cut = text.indexOf("\n---"); cut >= 0; cut = text.indexOf("\n---", cut + 1)) {
      longest = Math.max(longest, cut - start);
      start = cut;
    }
    return Math.max(longest, text.length() - start);
  }

  private static String words(MarkedYAMLException e) {
    String problem = e.getProblem() == null ? String.valueOf(e.getMessage()) : e.getProblem();
    return e.getContext() == null ? problem : e.getContext() + ", " + problem;
  }

  private void documents() throws Refused {
    while (events.hasNext()) {
      Event event = events.next();
      if (event instanceof DocumentStartEvent) {
        anchors.clear();
        aliases = 0;
        forest.plant(node(events.next(), 0));
      } else if (event instanceof DocumentEndEvent) {
        anchors.clear();
      }
    }
  }

  private Tree node(Event event, int depth) throws Refused {
    int line = line(event);
    forest.checkDepth(depth, line);
    int before = forest.nodes();
    if (event instanceof AliasEvent alias) {
      return alias(alias, line);
    }
    forest.grow(1, line);
    Tree tree =
        switch (event) {
          case ScalarEvent scalar -> scalar(scalar, line);
          case SequenceStartEvent start -> items(start, depth);
          case MappingStartEvent start -> fields(start, depth);
          default -> throw new IllegalStateException("event " + event);
        };
    String anchor = ((NodeEvent) event).getAnchor();
    if (anchor != null) {
      anchors.put(anchor, new Anchored(tree, forest.nodes() - before));
    }
    return tree;
  }

  private Tree alias(AliasEvent alias, int line) throws Refused {
    if (++aliases > Forest.MAX_ALIASES) {
      throw new Refused(
          line,
          Code.TOO_LARGE,
          "more than " + Forest.MAX_ALIASES + " aliases in one document (expected: fewer)");
    }
    Anchored anchored = anchors.get(alias.getAnchor());
    if (anchored == null) {
      throw new Refused(
          line,
          Code.SYNTAX,
          "alias *" + Shown.value(alias.getAnchor()) + " (expected: an anchor that is complete)");
    }
    forest.grow(anchored.nodes(), line);
    return anchored.tree();
  }

  private Tree scalar(ScalarEvent scalar, int line) throws Refused {
    refuseTag(scalar.getTag(), line);
    boolean plain = scalar.getScalarStyle() == ScalarStyle.PLAIN && scalar.getTag() == null;
    String value = scalar.getValue();
    boolean absent =
        plain
            && (value.isEmpty()
                || value.equals("~")
                || value.equals("null")
                || value.equals("Null")
                || value.equals("NULL"));
    return absent ? new Tree.Absent(line) : new Tree.Text(value, plain, line);
  }

  private Tree items(SequenceStartEvent start, int depth) throws Refused {
    refuseTag(start.getTag(), line(start));
    ImmutableList.Builder<Tree> items = ImmutableList.builder();
    int index = 0;
    for (Event e = events.next(); !(e instanceof SequenceEndEvent); e = events.next()) {
      forest.enter(index++, depth);
      items.add(node(e, depth + 1));
      forest.leave();
    }
    return new Tree.Items(items.build(), line(start));
  }

  private Tree fields(MappingStartEvent start, int depth) throws Refused {
    refuseTag(start.getTag(), line(start));
    List<Tree.Field> fields = new ArrayList<>();
    for (Event e = events.next(); !(e instanceof MappingEndEvent); e = events.next()) {
      int line = line(e);
      Optional<String> key = key(node(e, depth + 1));
      forest.enter(key.orElse("?"));
      Tree value = node(events.next(), depth + 1);
      forest.leave();
      if (key.isEmpty()) {
        forest.problem(line, Code.SYNTAX, "a key that is no text (expected: a word)", "");
      } else if (key.get().equals("<<")) {
        forest.problem(
            line, Code.SYNTAX, "merge key << (expected: the keys themselves)", "write them out");
      } else {
        fields.add(new Tree.Field(key.get(), line, value, true));
      }
    }
    return forest.distinct(fields, line(start));
  }

  private static Optional<String> key(Tree key) {
    return key instanceof Tree.Text text ? Optional.of(text.value()) : Optional.empty();
  }

  /** A tag could make objects or change types; text needs none. */
  private static void refuseTag(@Nullable String tag, int line) throws Refused {
    if (tag != null && !tag.equals("!") && !tag.equals(Tag.STR.getValue())) {
      throw new Refused(line, Code.SYNTAX, "tag " + Shown.value(tag) + " (expected: no tags)");
    }
  }

  private int line(Event event) {
    return before + event.getStartMark().getLine() + 1;
  }
}
