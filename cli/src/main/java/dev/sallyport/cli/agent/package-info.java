/// The agent of a host: it turns deploy tickets into running releases, and reports for ever what
/// runs.
///
/// It may use `keys`, `scan`'s reader of YAML, and the JDK; it knows no command line and no server
/// but by [dev.sallyport.cli.agent.ControlPlane]. Enter by [dev.sallyport.cli.agent.HostAgent] and,
/// to become an agent, by [dev.sallyport.cli.agent.Enrolment].
@NullMarked
package dev.sallyport.cli.agent;

import org.jspecify.annotations.NullMarked;
