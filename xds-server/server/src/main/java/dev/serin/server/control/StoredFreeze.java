package dev.serin.server.control;

import dev.serin.policy.FreezeWindow;

/** A freeze, with who set it or changed it last, and why. */
public record StoredFreeze(FreezeWindow window, String actor, String reason) {}
