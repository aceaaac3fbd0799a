package dev.serin.text;

import com.google.api.FieldBehavior;
import com.google.api.FieldBehaviorProto;
import com.google.common.collect.ImmutableList;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor.JavaType;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import dev.serin.text.Problem.Code;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * A tree into a message of the schema, in the short or the canonical form of each part. The schema
 * itself says which keys there are, so a key that it lacks cannot slip through.
 */
final class MessageDecoder {

  /** Lists that say something else when they are empty than when they are not there. */
  private static final Map<String, String> NEVER_EMPTY =
      Map.of(
          "serin.v1.CanaryPolicySpec.steps", "leave steps out for the built-in ones",
          "serin.v1.Analysis.metrics", "to judge by nothing write analysis: off",
          "serin.v1.Schedule.open", "to be open at all hours leave schedule out");

  private final Findings findings;
  private final ScalarDecoder scalars;

  MessageDecoder(Findings findings) {
    this.findings = findings;
    this.scalars = new ScalarDecoder(findings);
  }

  /** Reads all fields that can be read; the rest become findings. */
  void decode(Tree tree, Message.Builder into, Where where) {
    Descriptor type = into.getDescriptorForType();
    Tree full = Shorthand.expand(type, tree);
    if (!(full instanceof Tree.Fields fields)) {
      findings.wrongType(where, tree, Shorthand.expected(type));
      return;
    }
    Map<String, FieldDescriptor> known = keys(type);
    Map<FieldDescriptor, String> written = new HashMap<>();
    Map<OneofDescriptor, String> chosen = new HashMap<>();
    for (Tree.Field field : fields.fields()) {
      FieldDescriptor target = known.get(field.key());
      if (target == null) {
        unknown(field, where, type);
        continue;
      }
      Where at = at(where, field, target);
      String earlier = written.putIfAbsent(target, field.key());
      if (earlier != null) {
        findings.unread(
            at,
            field.line(),
            Code.DUPLICATE,
            field.key() + " and " + earlier + " (expected: one of them)",
            "");
      } else if (!isServerOwned(target) && isFirstChoice(target, field, at, chosen)) {
        findings.place(at.path(), at.shown(), field.line());
        field(target, field, into, at);
      }
    }
  }

  /** What the server writes is skipped, so that its output can be applied again. */
  private static boolean isServerOwned(FieldDescriptor field) {
    return field
        .getOptions()
        .getExtension(FieldBehaviorProto.fieldBehavior)
        .contains(FieldBehavior.OUTPUT_ONLY);
  }

  private static Where at(Where where, Tree.Field field, FieldDescriptor target) {
    return field.written()
        ? where.field(target.getJsonName(), field.key())
        : where.implied(target.getJsonName());
  }

  private boolean isFirstChoice(
      FieldDescriptor target, Tree.Field field, Where at, Map<OneofDescriptor, String> chosen) {
    OneofDescriptor choice = target.getRealContainingOneof();
    if (choice == null || field.value() instanceof Tree.Absent) {
      return true;
    }
    String other = chosen.putIfAbsent(choice, field.key());
    if (other != null) {
      findings.unread(
          at,
          field.line(),
          Code.CONFLICT,
          field.key() + " beside " + other + " (expected: one of them)",
          "");
    }
    return other == null;
  }

  private void unknown(Tree.Field field, Where where, Descriptor type) {
    Set<String> known = new TreeSet<>();
    type.getFields().forEach(f -> known.add(shortest(f)));
    findings.unread(
        where.field(field.key(), field.key()),
        field.line(),
        Code.UNKNOWN_KEY,
        "unknown key " + Shown.value(field.key()),
        belongsUnder(field.key(), type)
            .map(parent -> "write it under " + parent)
            .orElseGet(() -> Suggestion.hint(field.key(), known)));
  }

  /** The one map beside an unknown key that has it: more often misplaced than misspelt. */
  private static Optional<String> belongsUnder(String key, Descriptor type) {
    List<String> parents =
        type.getFields().stream()
            .filter(f -> f.getJavaType() == JavaType.MESSAGE && !f.isRepeated())
            .filter(f -> f.getMessageType() != Duration.getDescriptor()) // one word in text
            .filter(f -> !isServerOwned(f) && keys(f.getMessageType()).containsKey(key))
            .map(FieldDescriptor::getJsonName)
            .toList();
    return parents.size() == 1 ? Optional.of(parents.getFirst()) : Optional.empty();
  }

  private static String shortest(FieldDescriptor field) {
    return Shorthand.shortKey(field.getFullName(), field.getJsonName()).orElse(field.getJsonName());
  }

  private static Map<String, FieldDescriptor> keys(Descriptor type) {
    Map<String, FieldDescriptor> keys = new HashMap<>();
    for (FieldDescriptor field : type.getFields()) {
      Shorthand.shortKey(field.getFullName(), field.getJsonName())
          .ifPresent(key -> keys.put(key, field));
    }
    for (FieldDescriptor field : type.getFields()) {
      keys.put(field.getName(), field);
      keys.put(field.getJsonName(), field);
    }
    return keys;
  }

  private void field(FieldDescriptor target, Tree.Field field, Message.Builder into, Where at) {
    Tree tree = field.value();
    boolean isShort =
        Shorthand.shortKey(target.getFullName(), target.getJsonName())
            .filter(field.key()::equals)
            .isPresent();
    if (tree instanceof Tree.Absent) {
      return;
    }
    if (target.isMapField()) {
      map(target, tree, into, at, isShort);
    } else if (target.isRepeated()) {
      items(target, tree, into, at);
    } else {
      value(target, target, tree, into, at, isShort).ifPresent(v -> into.setField(target, v));
    }
  }

  private void items(FieldDescriptor target, Tree tree, Message.Builder into, Where at) {
    List<Tree> items = tree instanceof Tree.Items many ? many.items() : List.of(tree);
    String hint = NEVER_EMPTY.get(target.getFullName());
    if (items.isEmpty() && hint != null) {
      findings.unread(at, tree.line(), Code.MISSING, "[] (expected: at least one)", hint);
    }
    for (int i = 0; i < items.size(); i++) {
      Tree item = items.get(i);
      Where each =
          tree instanceof Tree.Items ? at.item(i) : new Where(at.item(i).path(), at.shown());
      findings.place(each.path(), each.shown(), item.line());
      Optional<Object> read = Optional.empty();
      if (item instanceof Tree.Absent) {
        findings.wrongType(each, item, "a value");
      } else {
        read = value(target, target, item, into, each, false);
      }
      // One that could not be read keeps its place, or the places of those behind it would be
      // wrong.
      into.addRepeatedField(target, read.orElseGet(() -> nothing(target, into)));
    }
  }

  private static Object nothing(FieldDescriptor target, Message.Builder into) {
    return switch (target.getJavaType()) {
      case MESSAGE -> into.newBuilderForField(target).build();
      case STRING -> "";
      case ENUM -> target.getEnumType().getValues().getFirst();
      case BOOLEAN, INT, LONG, FLOAT, DOUBLE, BYTE_STRING ->
          throw new IllegalStateException(target.getFullName() + " has no list form");
    };
  }

  private void map(
      FieldDescriptor target, Tree tree, Message.Builder into, Where at, boolean isShort) {
    if (!(tree instanceof Tree.Fields fields)) {
      findings.wrongType(at, tree, "a map");
      return;
    }
    Descriptor entry = target.getMessageType();
    FieldDescriptor key = entry.findFieldByName("key");
    FieldDescriptor value = entry.findFieldByName("value");
    for (Tree.Field field : fields.fields()) {
      Where each = at.field(field.key(), field.key());
      findings.place(each.path(), each.shown(), field.line());
      Message.Builder built = into.newBuilderForField(target);
      built.setField(key, field.key());
      if (field.value() instanceof Tree.Absent && value.getJavaType() != JavaType.MESSAGE) {
        findings.wrongType(each, field.value(), "a value");
        continue;
      }
      Tree content =
          field.value() instanceof Tree.Absent nothing
              ? new Tree.Fields(ImmutableList.of(), nothing.line())
              : field.value();
      value(value, target, content, built, each, isShort)
          .ifPresent(v -> {
            built.setField(value, v);
            into.addRepeatedField(target, built.build());
          });
    }
  }

  /**
   * One value.
   *
   * @param owner the field that the value is for: the map, where it stands in one
   * @param isShort whether the short key was used, and so a number needs its unit
   */
  private Optional<Object> value(
      FieldDescriptor field,
      FieldDescriptor owner,
      Tree tree,
      Message.Builder parent,
      Where at,
      boolean isShort) {
    if (field.getJavaType() == JavaType.MESSAGE
        && field.getMessageType() != Duration.getDescriptor()) {
      Message.Builder child = parent.newBuilderForField(field);
      decode(tree, child, at);
      return Optional.of(child.build());
    }
    if (!(tree instanceof Tree.Text text)) {
      findings.wrongType(at, tree, "one value");
      return Optional.empty();
    }
    return scalars.decode(field, owner, text, at, isShort);
  }
}
