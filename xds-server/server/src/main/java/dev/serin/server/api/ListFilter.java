package dev.serin.server.api;

import dev.serin.policy.ResourceName;
import java.util.Map;

/** Which resources a list has: those of a tenant, or of all, that bear the labels. */
record ListFilter(String tenant, LabelFilter labels) {
  /** Refuses with INVALID_ARGUMENT what is no parent, or no filter. */
  static ListFilter of(String parent, String filter) {
    return new ListFilter(Names.tenant(parent), LabelFilter.parse(filter));
  }

  boolean takes(ResourceName name, Map<String, String> itsLabels) {
    return Names.isOf(tenant, name) && labels.matches(itsLabels);
  }
}
