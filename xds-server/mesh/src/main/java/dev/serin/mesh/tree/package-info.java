/**
 * Envoy's resources as trees of JSON: what a base of files and {@code serin plan} work on.
 *
 * <p>{@link dev.serin.mesh.tree.EnvoyDocuments} reads files and folders, in any of the forms that
 * Envoy and its control planes write, and keeps everything as it was written: key style, order, and
 * whatever no class of ours knows. {@link dev.serin.mesh.tree.ResourceEncoder} makes the bytes to
 * serve of a resource, or says what it cannot encode; {@link dev.serin.mesh.tree.YamlText} prints
 * trees so that any parser of YAML reads what it would have read in the original.
 */
@NullMarked
package dev.serin.mesh.tree;

import org.jspecify.annotations.NullMarked;
