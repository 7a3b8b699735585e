package dev.sallyport.server;

import dev.sallyport.credential.BoundTickets;
import dev.sallyport.credential.BoundTokens;
import dev.sallyport.keys.ClientAuthority;
import dev.sallyport.server.console.SignInDesk;
import dev.sallyport.server.db.Database;
import dev.sallyport.server.ledger.CanonicalJson;
import dev.sallyport.server.ledger.Ledger;
import dev.sallyport.server.settings.DataFolder;
import dev.sallyport.server.settings.ServerAddress;
import dev.sallyport.server.settings.Settings;
import dev.sallyport.server.steps.BuildKey;
import dev.sallyport.server.tokens.OperatorKey;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Clock;
import java.util.Map;
import java.util.TreeMap;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.web.server.servlet.context.ServletWebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.support.GenericApplicationContext;

/// A server that listens on the loopback interface, until it is closed.
public final class RunningServer implements AutoCloseable {
  private static final String CODE_FILE = SignInDesk.CODE_FILE;
  private static final String SERVER_JSON = "server.json";

  private final Installation installation;
  private final ConfigurableApplicationContext context;
  private final int port;
  private final int agentPort;

  private RunningServer(
      Installation installation, ConfigurableApplicationContext context, int port, int agentPort) {
    this.installation = installation;
    this.context = context;
    this.port = port;
    this.agentPort = agentPort;
  }

  /// Opens the installation and comes back when requests are answered. `server.json` in the data
  /// folder says where, and is there only while that is so.
  ///
  /// @param terminal whether somebody reads `out` as it is written; only then it is shown the
  ///   sign-in code, which belongs into no log
  static RunningServer start(
      Arguments arguments, Clock clock, SecureRandom random, PrintStream out, boolean terminal) {
    var installation = Installation.open(arguments.data(), clock, random);
    try {
      installation.folder.delete(SERVER_JSON);
      var address = new ServerAddress(installation.settings.publicUrls());
      var agents =
          new AgentPort(installation.settings.agentPort(), installation.tls, installation.agents);
      ConfigurableApplicationContext context = spring(arguments, installation, address, agents);
      int port = port(context);
      address.listensOn(port, agents.port());
      var server = new RunningServer(installation, context, port, agents.port());
      String code = context.getBean(SignInDesk.class).issue();
      installation.folder.writePrivate(SERVER_JSON, server.description());
      out.println("sallyport: ready at " + server.url());
      out.println(
          "sallyport: the sign-in code "
              + (terminal ? "is " + code : "stands in " + installation.folder.file(CODE_FILE))
              + " (ten minutes, five tries)");
      out.flush();
      return server;
    } catch (RuntimeException e) {
      installation.close();
      throw e;
    }
  }

  private static ConfigurableApplicationContext spring(
      Arguments arguments, Installation installation, ServerAddress address, AgentPort agents) {
    var application = new SpringApplication(ServerApplication.class);
    application.setWebApplicationType(WebApplicationType.SERVLET);
    application.setRegisterShutdownHook(false);
    application.setLogStartupInfo(false);
    application.setDefaultProperties(properties(arguments, installation));
    application.addInitializers(context -> {
      var beans = (GenericApplicationContext) context;
      beans.registerBean("application", Database.class, () -> installation.application);
      beans.registerBean(Ledger.class, () -> installation.ledger);
      beans.registerBean(Settings.class, () -> installation.settings);
      beans.registerBean(DataFolder.class, () -> installation.folder);
      beans.registerBean(BoundTokens.class, () -> installation.tokens);
      beans.registerBean(BuildKey.class, () -> installation.build);
      beans.registerBean(BoundTickets.class, () -> installation.tickets);
      beans.registerBean(OperatorKey.class, () -> installation.operator);
      beans.registerBean(Clock.class, () -> installation.clock);
      beans.registerBean(SecureRandom.class, () -> installation.random);
      beans.registerBean(ServerAddress.class, () -> address);
      beans.registerBean(ClientAuthority.class, () -> installation.agents);
      beans.registerBean(AgentPort.class, () -> agents);
    });
    return application.run();
  }

  private static Map<String, Object> properties(Arguments arguments, Installation installation) {
    var properties = new TreeMap<String, Object>();
    properties.put("server.address", "127.0.0.1");
    properties.put("server.port", arguments.port());
    properties.put("server.ssl.certificate", "file:" + installation.tls.certificate());
    properties.put("server.ssl.certificate-private-key", "file:" + installation.tls.key());
    properties.put("server.ssl.enabled-protocols", "TLSv1.3");
    properties.put("server.shutdown", "graceful");
    properties.put("spring.lifecycle.timeout-per-shutdown-phase", "5s");
    properties.put("server.max-http-request-header-size", "32KB");
    properties.put("server.tomcat.connection-timeout", "10s");
    properties.put("server.tomcat.max-connections", 1024);
    properties.put("server.tomcat.max-http-form-post-size", "64KB");
    properties.put("server.tomcat.max-swallow-size", "2MB");
    properties.put("server.tomcat.basedir", installation.folder.file("work").toString());
    properties.put("server.error.whitelabel.enabled", false);
    properties.put("server.servlet.register-default-servlet", false);
    properties.put("spring.web.resources.add-mappings", false);
    properties.put("spring.threads.virtual.enabled", true);
    properties.put("spring.main.banner-mode", "off");
    properties.put("spring.jmx.enabled", false);
    properties.put("spring.mvc.servlet.load-on-startup", 1);
    // It would read the whole body of a PUT into memory before anybody asks who sends it.
    properties.put("spring.mvc.formcontent.filter.enabled", false);
    return properties;
  }

  private static int port(ConfigurableApplicationContext context) {
    var server = ((ServletWebServerApplicationContext) context).getWebServer();
    if (server == null) {
      throw new IllegalStateException("no web server was started");
    }
    return server.getPort();
  }

  /// Where it listens.
  public String url() {
    return "https://127.0.0.1:" + port;
  }

  private String description() {
    return new String(
            CanonicalJson.bytes(
                Map.of(
                    "url",
                    url(),
                    "agentUrl",
                    "https://127.0.0.1:" + agentPort,
                    "pid",
                    ProcessHandle.current().pid(),
                    "caPem",
                    installation.tls.authority().toString(),
                    "logKey",
                    installation.ledger.logKey().encoded())),
            StandardCharsets.UTF_8)
        + "\n";
  }

  /// Lets running requests end, then closes ledger and databases.
  @Override
  public void close() {
    context.close();
    installation.folder.delete(SERVER_JSON);
    installation.close();
  }
}
