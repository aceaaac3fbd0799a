package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.List;
import org.yaml.snakeyaml.DumperOptions;
import org.yaml.snakeyaml.DumperOptions.FlowStyle;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.emitter.Emitter;
import org.yaml.snakeyaml.events.DocumentEndEvent;
import org.yaml.snakeyaml.events.DocumentStartEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.ImplicitTuple;
import org.yaml.snakeyaml.events.MappingEndEvent;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceEndEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.events.StreamEndEvent;
import org.yaml.snakeyaml.events.StreamStartEvent;

/** Trees as YAML, a document each, in block style and with the keys in their order. */
public final class YamlText {
  private static final ImplicitTuple AS_IT_IS = new ImplicitTuple(true, true);

  private final Emitter emitter;

  private YamlText(Emitter emitter) {
    this.emitter = emitter;
  }

  /** One tree without a separator. */
  public static String of(JsonNode tree) {
    StringWriter text = new StringWriter();
    write(List.of(tree), text);
    return text.toString();
  }

  /** Writes documents with a separator before each but the first. */
  public static void write(Iterable<? extends JsonNode> documents, Writer out) {
    DumperOptions options = new DumperOptions();
    options.setSplitLines(false);
    options.setWidth(Integer.MAX_VALUE);
    // Whatever a terminal or a pipe makes of it, the text stays the same.
    options.setAllowUnicode(false);
    options.setMaxSimpleKeyLength(1_024);
    YamlText text = new YamlText(new Emitter(out, options));
    text.emit(new StreamStartEvent(null, null));
    boolean first = true;
    for (JsonNode document : documents) {
      text.emit(new DocumentStartEvent(null, null, !first, null, null));
      text.node(document);
      text.emit(new DocumentEndEvent(null, null, false));
      first = false;
    }
    text.emit(new StreamEndEvent(null, null));
  }

  private void node(JsonNode node) {
    if (node instanceof ObjectNode fields) {
      emit(new MappingStartEvent(null, null, true, null, null, FlowStyle.BLOCK));
      for (var field : fields.properties()) {
        String key = field.getKey();
        boolean plain = Written.isSurelyText(key) || Written.isPlainKey(fields, key);
        scalar(key, plain ? ScalarStyle.PLAIN : ScalarStyle.SINGLE_QUOTED);
        node(field.getValue());
      }
      emit(new MappingEndEvent(null, null));
    } else if (node.isArray()) {
      emit(new SequenceStartEvent(null, null, true, null, null, FlowStyle.BLOCK));
      node.forEach(this::node);
      emit(new SequenceEndEvent(null, null));
    } else if (node instanceof Written.Decimal number) {
      scalar(number.lexeme(), ScalarStyle.PLAIN);
    } else if (node.isTextual()) {
      text(node);
    } else {
      scalar(node.asText(), ScalarStyle.PLAIN);
    }
  }

  private void text(JsonNode node) {
    String text = node.textValue();
    if (node instanceof Written.Plain) {
      scalar(text, ScalarStyle.PLAIN);
    } else if (text.indexOf('\n') >= 0) {
      // Readable as a block, unless something in it would not survive there.
      boolean survives = text.chars().noneMatch(c -> c < 0x20 && c != '\n') && isBlock(text);
      scalar(text, survives ? ScalarStyle.LITERAL : ScalarStyle.DOUBLE_QUOTED);
    } else {
      scalar(text, Written.isSurelyText(text) ? ScalarStyle.PLAIN : ScalarStyle.SINGLE_QUOTED);
    }
  }

  private static boolean isBlock(String text) {
    return !text.startsWith("\n")
        && !text.startsWith(" ")
        && text.lines().noneMatch(line -> line.endsWith(" "))
        && text.chars().allMatch(c -> c < 0x7f);
  }

  /** The emitter puts quotes around what cannot stand without them. */
  private void scalar(String text, ScalarStyle style) {
    emit(new ScalarEvent(null, null, AS_IT_IS, text, null, null, style));
  }

  private void emit(Event event) {
    try {
      emitter.emit(event);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
