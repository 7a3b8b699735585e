/// One process that serves all steps of a CI job, the thin client that asks it, and what both do
/// with a step's command.
///
/// It may use the JDK alone, so that the client starts in the time of an empty program, and it
/// knows no command of ours. Enter by [dev.sallyport.cli.job.JobClient] where the job's step
/// stands, and by [dev.sallyport.cli.job.JobSocket] in the process that serves it.
@NullMarked
package dev.sallyport.cli.job;

import org.jspecify.annotations.NullMarked;
