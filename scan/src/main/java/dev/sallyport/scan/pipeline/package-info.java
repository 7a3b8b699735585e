/// Pipeline configuration: what a workflow, a Jenkinsfile or a Dockerfile lets strangers do.
///
/// It may use the nouns of `scan` and a YAML reader. Enter by
/// [dev.sallyport.scan.pipeline.Pipeline]; [dev.sallyport.scan.pipeline.PipelineFiles] tells which
/// files count.
@NullMarked
package dev.sallyport.scan.pipeline;

import org.jspecify.annotations.NullMarked;
