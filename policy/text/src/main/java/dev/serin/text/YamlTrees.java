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

/**
 * YAML into trees, from the parser's events, so that every limit holds before anything is built and
 * no tag ever makes an object.
 */
final class YamlTrees {

  private record Anchored(Tree tree, int nodes) {}

  private final Forest forest;
  private final Iterator<Event> events;
  private final Map<String, Anchored> anchors = new HashMap<>();
  private int aliases;

  private YamlTrees(Forest forest, Iterator<Event> events) {
    this.forest = forest;
    this.events = events;
  }

  static void read(String text, Forest forest) {
    if (longestDocument(text) > Forest.MAX_DOCUMENT_CHARS) {
      tooLarge(forest);
      return;
    }
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(Forest.MAX_DOCUMENT_CHARS);
    options.setNestingDepthLimit(Forest.MAX_DEPTH);
    options.setProcessComments(false);
    try {
      Iterator<Event> events = new Yaml(options).parse(new StringReader(text)).iterator();
      new YamlTrees(forest, events).documents();
    } catch (Refused refused) {
      forest.problem(refused.line, refused.code, String.valueOf(refused.getMessage()), "");
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 1 : e.getProblemMark().getLine() + 1;
      forest.problem(line, Code.SYNTAX, "not YAML: " + Shown.value(words(e)), "");
    } catch (YAMLException e) {
      String message = String.valueOf(e.getMessage());
      if (message.contains("exceeds the limit")) {
        tooLarge(forest);
      } else {
        forest.problem(1, Code.SYNTAX, "not YAML: " + Shown.value(message), "");
      }
    }
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
    for (Event e = events.next(); !(e instanceof SequenceEndEvent); e = events.next()) {
      items.add(node(e, depth + 1));
    }
    return new Tree.Items(items.build(), line(start));
  }

  private Tree fields(MappingStartEvent start, int depth) throws Refused {
    refuseTag(start.getTag(), line(start));
    List<Tree.Field> fields = new ArrayList<>();
    for (Event e = events.next(); !(e instanceof MappingEndEvent); e = events.next()) {
      int line = line(e);
      Optional<String> key = key(node(e, depth + 1));
      Tree value = node(events.next(), depth + 1);
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

  private static int line(Event event) {
    return event.getStartMark().getLine() + 1;
  }
}
