package dev.sallyport.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.methods;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethod;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.sallyport.server.identity.AskedBy;
import java.time.Clock;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.RequestMapping;

/// What the compiler and Modulith do not hold: each rule first proves that it saw classes.
class FloorsTest {
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .importUrl(ServerApplication.class.getProtectionDomain().getCodeSource().getLocation());

  @Test
  void the_rules_see_the_rooms() {
    assertThat(CLASSES.size()).isGreaterThan(60);
    for (String room : List.of("db", "ledger", "tokens", "decisions", "api")) {
      assertThat(
              CLASSES.stream()
                  .anyMatch(type -> type.getPackageName().equals("dev.sallyport.server." + room)))
          .as(room)
          .isTrue();
    }
  }

  @Test
  void statements_are_run_in_stores_and_in_db_alone() {
    noClasses()
        .that()
        .haveSimpleNameNotEndingWith("Store")
        .and()
        .resideOutsideOfPackage("..server.db..")
        .should()
        .dependOnClassesThat()
        .areAssignableTo(JdbcClient.class)
        .orShould()
        .dependOnClassesThat()
        .resideInAPackage("java.sql..")
        .check(CLASSES);
    assertThat(
            CLASSES.stream()
                .filter(type -> type.getSimpleName().endsWith("Store"))
                .anyMatch(type ->
                    type.getDirectDependenciesFromSelf().stream()
                        .anyMatch(
                            arrow -> arrow.getTargetClass().isAssignableTo(JdbcClient.class))))
        .isTrue();
  }

  @Test
  void time_comes_from_the_clock_that_is_handed_in() {
    noClasses().should().callMethod(Instant.class, "now").check(CLASSES);
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(Main.class.getName())
        .should()
        .callMethod(Clock.class, "systemUTC")
        .orShould()
        .callMethod(System.class, "currentTimeMillis")
        .check(CLASSES);
  }

  @Test
  void every_endpoint_declares_who_may_ask() {
    var endpoint =
        new DescribedPredicate<JavaMethod>("endpoints") {
          @Override
          public boolean test(JavaMethod method) {
            return method.isMetaAnnotatedWith(RequestMapping.class)
                || method.isAnnotatedWith(RequestMapping.class);
          }
        };
    assertThat(
            CLASSES.stream().flatMap(type -> type.getMethods().stream()).filter(endpoint).count())
        .isGreaterThanOrEqualTo(8);
    methods().that(endpoint).should().beAnnotatedWith(AskedBy.class).check(CLASSES);
    CLASSES.stream()
        .flatMap(type -> type.getMethods().stream())
        .filter(endpoint)
        .map(method -> method.getAnnotationOfType(AskedBy.class))
        .filter(declared -> declared.value() == AskedBy.Who.ANYONE)
        .forEach(open -> assertThat(open.because()).isNotBlank());
  }

  @Test
  void nobody_prints_but_main_and_what_it_hands_a_stream() {
    noClasses()
        .that()
        .doNotHaveFullyQualifiedName(Main.class.getName())
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .check(CLASSES);
  }

  @Test
  void every_package_says_that_null_is_marked() {
    assertThat(
            CLASSES.stream()
                .map(type -> type.getPackage())
                .filter(one -> one.getName().startsWith("dev.sallyport.server"))
                .distinct()
                .filter(one -> !one.isAnnotatedWith(NullMarked.class))
                .map(one -> one.getName()))
        .isEmpty();
  }

  @Test
  void controllers_are_their_rooms_own() {
    classes().that().haveSimpleNameEndingWith("Controller").should().notBePublic().check(CLASSES);
  }
}
