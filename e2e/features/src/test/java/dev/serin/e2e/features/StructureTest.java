package dev.serin.e2e.features;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideOutsideOfPackages;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.time.Clock;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Who may depend on whom. */
class StructureTest {
  private static final String[] CORE = {
    "dev.serin.policy..",
    "dev.serin.plan..",
    "dev.serin.rollout..",
    "dev.serin.judge..",
    "dev.serin.calendar.."
  };
  private static final String[] LANGUAGE = {
    "java..", "com.google.common..", "org.jspecify..", "com.google.errorprone.annotations.."
  };
  private static final String[] TREES = {"com.fasterxml.jackson..", "org.yaml.snakeyaml.."};
  private static final String[] PRODUCT = {"dev.serin.."};

  private static JavaClasses product;

  @BeforeAll
  static void importProduct() {
    product =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("dev.serin");
    for (String part : new String[] {"policy", "mesh", "ads", "telemetry", "server", "cli"}) {
      assertThat(product.containPackage("dev.serin." + part)).as(part).isTrue();
    }
  }

  @Test
  void decidingCodeDependsOnNothingButTheLanguageAndGuava() {
    classes()
        .that()
        .resideInAnyPackage(CORE)
        .should()
        .onlyDependOnClassesThat(resideInAnyPackage(CORE).or(resideInAnyPackage(LANGUAGE)))
        .check(product);
  }

  @Test
  void decidingCodeKnowsNoClockNoChanceAndNoThread() {
    noClasses()
        .that()
        .resideInAnyPackage(CORE)
        .should()
        .callMethod(Instant.class, "now")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .orShould()
        .callMethod(System.class, "nanoTime")
        .orShould()
        .callMethod(UUID.class, "randomUUID")
        .orShould()
        .callMethod(Math.class, "random")
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(RandomGenerator.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Clock.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(InstantSource.class)
        .orShould()
        .dependOnClassesThat()
        .areAssignableTo(Thread.class)
        .orShould()
        .dependOnClassesThat()
        .resideInAnyPackage("java.util.concurrent..", "java.io..", "java.nio.file..", "java.net..")
        .check(product);
  }

  @Test
  void theMeshDependsOnDecidingCodeAndEnvoysMessages() {
    classes()
        .that()
        .resideInAPackage("dev.serin.mesh..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage("dev.serin.mesh..", "io.envoyproxy..", "com.google.protobuf..")
                .or(
                    resideInAnyPackage(
                        "com.github.xds..", "udpa.annotations..", "com.google.re2j.."))
                .or(resideInAnyPackage(TREES))
                .or(resideInAnyPackage(CORE))
                .or(resideInAnyPackage(LANGUAGE)))
        .check(product);
    noClasses()
        .that()
        .resideInAPackage("dev.serin.mesh..")
        .and()
        .resideOutsideOfPackage("dev.serin.mesh.tree..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(TREES)
        .because("files are read in one place, and what is served knows no YAML")
        .check(product);
  }

  @Test
  void policyTextDependsOnDecidingCodeAndTheSchema() {
    classes()
        .that()
        .resideInAPackage("dev.serin.text..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage("dev.serin.text..", "dev.serin.v1..")
                .or(resideInAnyPackage(CORE))
                .or(resideOutsideOfPackages(PRODUCT)))
        .check(product);
  }

  @Test
  void theSimulationDependsOnDecidingCodeAlone() {
    classes()
        .that()
        .resideInAPackage("dev.serin.sim..")
        .should()
        .onlyDependOnClassesThat(
            resideInAPackage("dev.serin.sim..")
                .or(resideInAnyPackage(CORE))
                .or(resideInAnyPackage(LANGUAGE)))
        .check(product);
  }

  @Test
  void servingProxiesDependsOnTheMeshAlone() {
    classes()
        .that()
        .resideInAPackage("dev.serin.ads..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage("dev.serin.ads..", "dev.serin.mesh..")
                .or(resideInAnyPackage(CORE))
                .or(resideOutsideOfPackages(PRODUCT)))
        .check(product);
  }

  @Test
  void telemetryDependsOnTheMeshAlone() {
    classes()
        .that()
        .resideInAPackage("dev.serin.telemetry..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage("dev.serin.telemetry..", "dev.serin.mesh..")
                .or(resideInAnyPackage(CORE))
                .or(resideOutsideOfPackages(PRODUCT)))
        .check(product);
  }

  @Test
  void adaptersKnowTheirPortAlone() {
    classes()
        .that()
        .resideInAPackage("dev.serin.store..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage("dev.serin.store..", "dev.serin.spi..")
                .or(resideOutsideOfPackages(PRODUCT)))
        .check(product);
    classes()
        .that()
        .resideInAPackage("dev.serin.spi..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage("dev.serin.spi..", "dev.serin.policy..")
                .or(resideOutsideOfPackages(PRODUCT)))
        .check(product);
    classes()
        .that()
        .resideInAPackage("dev.serin.notify..")
        .should()
        .onlyDependOnClassesThat(
            resideInAnyPackage("dev.serin.notify..", "dev.serin.spi..", "dev.serin.policy..")
                .or(resideOutsideOfPackages(PRODUCT)))
        .check(product);
  }

  @Test
  void theServerIsKnownToTheCommandLineAlone() {
    noClasses()
        .that()
        .resideOutsideOfPackages("dev.serin.server..", "dev.serin.cli..", "dev.serin.e2e..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.serin.server..", "dev.serin.cli..", "dev.serin.e2e..")
        .check(product);
    noClasses()
        .that()
        .resideInAPackage("dev.serin.server..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.serin.cli..", "dev.serin.e2e..")
        .check(product);
  }

  @Test
  void theCommandLineTalksToTheApi() {
    noClasses()
        .that()
        .resideInAPackage("dev.serin.cli..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.serin.ads..", "dev.serin.telemetry..", "dev.serin.store..", "dev.serin.spi..")
        .check(product);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("dev.serin.(*)").should().beFreeOfCycles().check(product);
    slices().matching("dev.serin.(server.*)..").should().beFreeOfCycles().check(product);
    slices().matching("dev.serin.(e2e.*)..").should().beFreeOfCycles().check(product);
  }
}
