package dev.serin.e2e.envoy;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * A test that asks a real Envoy. It is skipped, with what was tried, where there is none, and fails
 * instead where {@code SERIN_REQUIRE_ENVOY=1}. A parameter of type {@link EnvoyRunner} is the Envoy
 * that was found.
 */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
@Tag("envoy")
@ExtendWith(EnvoyCondition.class)
public @interface RequireEnvoy {}
