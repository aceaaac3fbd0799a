package dev.serin.server.api;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.FieldMask;
import com.google.protobuf.Message;
import com.google.protobuf.util.FieldMaskUtil;
import dev.serin.server.control.Outcome;
import dev.serin.server.control.Outcome.At;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.text.Checked;
import dev.serin.text.Problem;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What an update makes of what is stored. Pure. */
final class Edits {
  /** A whole replacement in one word, by AIP-134; what an empty mask means here, too. */
  private static final String ALL = "*";

  private static final FieldMaskUtil.MergeOptions REPLACE =
      new FieldMaskUtil.MergeOptions()
          .setReplaceMessageFields(true)
          .setReplaceRepeatedFields(true)
          .setReplacePrimitiveFields(true);

  private Edits() {}

  /**
   * The resource after an update.
   *
   * @param stored as it is, every value written out; empty: there is none
   * @param asked with what the mask names; the whole resource without a mask
   * @param allowMissing whether one that is not there is created, from the whole of {@code asked}
   */
  static <M extends Message, R> Outcome<R> update(
      String what,
      Optional<M> stored,
      M asked,
      FieldMask mask,
      boolean allowMissing,
      Function<M, Checked<R>> check) {
    if (stored.isEmpty() && !allowMissing) {
      return Outcome.refused(Kind.NOT_FOUND, what + " does not exist");
    }
    boolean whole =
        stored.isEmpty() || mask.getPathsCount() == 0 || mask.getPathsList().contains(ALL);
    if (whole) {
      return checked(check.apply(asked));
    }
    Optional<String> unknown =
        mask.getPathsList().stream().filter(path -> !isEditable(asked, path)).findFirst();
    if (unknown.isPresent()) {
      return Outcome.invalid(
          "update_mask",
          unknown.get() + " (expected: spec or a field of it, metadata.labels, or *)");
    }
    Message.Builder merged = stored.get().toBuilder();
    FieldMaskUtil.merge(mask, asked, merged, REPLACE);
    @SuppressWarnings("unchecked") // a builder of M builds an M
    M after = (M) merged.build();
    return checked(check.apply(after));
  }

  /** The rest names the resource or is the server's. */
  private static boolean isEditable(Message asked, String path) {
    boolean open =
        path.equals("spec") || path.startsWith("spec.") || path.equals("metadata.labels");
    return open && FieldMaskUtil.isValid(asked.getDescriptorForType(), path);
  }

  static <R> Outcome<R> checked(Checked<R> checked) {
    return checked
        .value()
        .<Outcome<R>>map(Outcome::done)
        .orElseGet(() -> refused(checked.problems()));
  }

  private static <R> Outcome<R> refused(List<Problem> problems) {
    List<Problem> errors = problems.stream().filter(Problem::isError).toList();
    return new Outcome.Refused<>(
        Kind.INVALID,
        errors.stream().map(Problem::toString).collect(Collectors.joining("\n")),
        errors.stream()
            .map(p -> new At(0, Kind.INVALID, p.path(), p.message()))
            .collect(ImmutableList.toImmutableList()));
  }
}
