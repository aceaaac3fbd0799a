/**
 * What a rollout will change, step by step, before anything has happened: {@code serin plan}.
 *
 * <p>In flow the resources of Serin that were read and Envoy's own resources as trees; out flows
 * what each step makes of them, as YAML or as a diff from the step before. No server takes part.
 */
@NullMarked
package dev.serin.cli.plan;

import org.jspecify.annotations.NullMarked;
