package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.serin.mesh.tree.TreeBudget.Refused;
import java.io.StringReader;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingEndEvent;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceEndEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.nodes.Tag;
import org.yaml.snakeyaml.reader.ReaderException;

/**
 * YAML into trees of JSON, from the parser's events: limits hold before anything is built, no tag
 * makes an object, and scalars keep how they were written ({@link Written}).
 */
final class YamlTreeReader {

  private record Anchored(JsonNode tree, int nodes) {}

  /** Documents that cannot be read are told apart up to here. */
  private static final int MAX_BROKEN = 20;

  private final TreeBudget budget;
  private final Iterator<Event> events;

  /** Lines before the first one of the events. */
  private final int before;

  private final Map<String, Anchored> anchors = new HashMap<>();

  private YamlTreeReader(TreeBudget budget, Iterator<Event> events, int before) {
    this.budget = budget;
    this.events = events;
    this.before = before;
  }

  /** Reads all documents; after one that is no YAML it goes on with the next. */
  static void read(String text, TreeBudget budget) {
    int from = 0;
    int before = 0;
    for (int broken = 0; from >= 0 && broken < MAX_BROKEN; broken++) {
      int fault = readFrom(text.substring(from), before, budget);
      int next = fault < 0 ? -1 : nextDocument(text, from, fault - before);
      if (next >= 0) {
        before += (int) text.substring(from, next).chars().filter(c -> c == '\n').count();
      }
      from = next;
    }
  }

  /** Returns the lines before the one that cannot be read; -1 at the end. */
  private static int readFrom(String text, int before, TreeBudget budget) {
    LoaderOptions options = new LoaderOptions();
    options.setCodePointLimit(TreeBudget.MAX_BYTES);
    options.setNestingDepthLimit(TreeBudget.MAX_DEPTH);
    options.setProcessComments(false);
    try {
      Iterator<Event> events = new Yaml(options).parse(new StringReader(text)).iterator();
      new YamlTreeReader(budget, events, before).documents();
      return -1;
    } catch (Refused refused) {
      budget.problem(refused.line, String.valueOf(refused.getMessage()));
      return refused.line;
    } catch (MarkedYAMLException e) {
      int line = before + (e.getProblemMark() == null ? 0 : e.getProblemMark().getLine());
      budget.problem(line + 1, "not YAML: " + TreeBudget.shown(words(e)));
      return line;
    } catch (ReaderException e) {
      int line = before + linesBefore(text, e.getPosition());
      String character = Character.getName(e.getCodePoint());
      budget.problem(line + 1, "character " + character + " (expected: text)");
      return -1;
    } catch (YAMLException e) {
      budget.problem(before + 1, "not YAML: " + TreeBudget.shown(String.valueOf(e.getMessage())));
      return -1;
    }
  }

  private static int linesBefore(String text, int codePoints) {
    return (int) text.codePoints().limit(codePoints).filter(c -> c == '\n').count();
  }

  private static String words(MarkedYAMLException e) {
    String problem = e.getProblem() == null ? String.valueOf(e.getMessage()) : e.getProblem();
    return e.getContext() == null ? problem : e.getContext() + ", " + problem;
  }

  /** Three dashes at the start of a line are a separator whatever stands before them. */
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

  private void documents() throws Refused {
    while (events.hasNext()) {
      if (events.next() instanceof DocumentStartEvent) {
        anchors.clear();
        Event first = events.next();
        budget.document(node(first, 0), line(first));
      }
    }
  }

  private JsonNode node(Event event, int depth) throws Refused {
    int line = line(event);
    if (event instanceof AliasEvent alias) {
      return alias(alias, line);
    }
    int nodesBefore = budget.nodes();
    budget.grow(line, depth);
    JsonNode tree =
        switch (event) {
          case ScalarEvent scalar -> scalar(scalar, line);
          case SequenceStartEvent start -> items(start, depth);
          case MappingStartEvent start -> fields(start, depth);
          default -> throw new IllegalStateException("event " + event);
        };
    String anchor = ((NodeEvent) event).getAnchor();
    if (anchor != null) {
      anchors.put(anchor, new Anchored(tree, budget.nodes() - nodesBefore));
    }
    return tree;
  }

  private JsonNode alias(AliasEvent alias, int line) throws Refused {
    Anchored anchored = anchors.get(alias.getAnchor());
    if (anchored == null) {
      throw new Refused(
          line,
          "alias *" + TreeBudget.shown(alias.getAnchor()) + " (expected: an anchor before it)");
    }
    budget.repeat(line, anchored.nodes());
    return anchored.tree();
  }

  private JsonNode scalar(ScalarEvent scalar, int line) throws Refused {
    refuseTag(scalar.getTag(), line);
    return isPlain(scalar)
        ? Written.plain(scalar.getValue())
            .orElseThrow(() -> JsonTreeReader.outOfRange(scalar.getValue(), line))
        : new TextNode(scalar.getValue());
  }

  private static boolean isPlain(ScalarEvent scalar) {
    return scalar.getScalarStyle() == ScalarStyle.PLAIN && scalar.getTag() == null;
  }

  private JsonNode items(SequenceStartEvent start, int depth) throws Refused {
    refuseTag(start.getTag(), line(start));
    ArrayNode items = JsonNodeFactory.instance.arrayNode();
    budget.began(items, line(start));
    for (Event e = events.next(); !(e instanceof SequenceEndEvent); e = events.next()) {
      items.add(node(e, depth + 1));
    }
    return items;
  }

  private JsonNode fields(MappingStartEvent start, int depth) throws Refused {
    refuseTag(start.getTag(), line(start));
    Written.Fields fields = new Written.Fields();
    budget.began(fields, line(start));
    for (Event e = events.next(); !(e instanceof MappingEndEvent); e = events.next()) {
      int line = line(e);
      JsonNode written = node(e, depth + 1);
      JsonNode value = node(events.next(), depth + 1);
      if (!written.isValueNode()) {
        budget.problem(line, "a key that is no text (expected: a word)");
        continue;
      }
      boolean plain = e instanceof ScalarEvent scalar && isPlain(scalar);
      String key = e instanceof ScalarEvent scalar ? scalar.getValue() : written.asText();
      if (plain && key.equals("<<")) {
        budget.problem(line, "merge key << (expected: the keys themselves; Envoy merges nothing)");
      } else if (fields.has(key)) {
        budget.problem(
            line, "key " + TreeBudget.shown(key) + " a second time (expected: once in a map)");
      } else {
        fields.set(key, value);
        if (plain) {
          Written.plainKey(fields, key);
        }
      }
    }
    return fields;
  }

  /** A tag could make objects or change types; Envoy's own texts need none. */
  private static void refuseTag(@org.jspecify.annotations.Nullable String tag, int line)
      throws Refused {
    if (tag != null && !tag.equals("!") && !tag.equals(Tag.STR.getValue())) {
      throw new Refused(line, "tag " + TreeBudget.shown(tag) + " (expected: no tags)");
    }
  }

  private int line(Event event) {
    return before + event.getStartMark().getLine() + 1;
  }
}
