package dev.serin.ads;

import java.util.Optional;

/** What a client's answer, or the lack of a cluster, says of one resource; empty is an ACK. */
record Answer(String typeUrl, String name, String version, Optional<String> error) {}
