package dev.sallyport.scan.pipeline;

import dev.sallyport.scan.pipeline.Notes.Rule;

/// Our own names for what can be wrong with a pipeline, with the advice and the controls that each
/// offends (OWASP Top 10 CI/CD Security Risks, CWE). One name serves every system.
final class Rules {
  private Rules() {}

  static final Rule UNPINNED_ACTION =
      Rule.of(
          "unpinned-action",
          "write the full commit id after `@`, with the version as a comment behind it",
          "CICD-SEC-3",
          "CICD-SEC-8",
          "CWE-829");
  static final Rule UNPINNED_WORKFLOW =
      Rule.of(
          "unpinned-reusable-workflow",
          "write the full commit id of the called workflow's repository after `@`",
          "CICD-SEC-3",
          "CICD-SEC-8",
          "CWE-829");
  static final Rule UNPINNED_IMAGE =
      Rule.of(
          "unpinned-image",
          "add the image's digest: `name:tag@sha256:...`",
          "CICD-SEC-3",
          "CICD-SEC-9",
          "CWE-829");
  static final Rule UNPINNED_INCLUDE =
      Rule.of(
          "unpinned-include",
          "name the full commit id in `ref`, or copy the file and include it with `local`",
          "CICD-SEC-3",
          "CICD-SEC-8",
          "CWE-829");
  static final Rule UNPINNED_LIBRARY =
      Rule.of(
          "unpinned-library",
          "write the commit id of the library: `@Library('name@<commit>')`",
          "CICD-SEC-3",
          "CICD-SEC-8",
          "CWE-829");
  static final Rule UNTRUSTED_CHECKOUT =
      Rule.of(
          "untrusted-checkout",
          "run the contributor's code under `pull_request`, where no secret and only a read token is"
              + " present; keep this trigger for work that doesn't execute it",
          "CICD-SEC-4",
          "CWE-829",
          "CWE-94");
  static final Rule DANGEROUS_TRIGGER =
      Rule.of(
          "dangerous-trigger",
          "use `pull_request`; if the secrets are needed, never check out or run what came with the"
              + " change",
          "CICD-SEC-4",
          "CWE-829");
  static final Rule SCRIPT_INJECTION =
      Rule.of(
          "script-injection",
          "hand the value over in `env:` and use the shell's own variable, in double quotes",
          "CICD-SEC-4",
          "CWE-78",
          "CWE-94");
  static final Rule BROAD_PERMISSIONS =
      Rule.of(
          "broad-permissions",
          "write `permissions: {}` at the top and give each job what it needs, as `contents: read`",
          "CICD-SEC-5",
          "CICD-SEC-2",
          "CWE-250");
  static final Rule SECRET_TO_UNPINNED =
      Rule.of(
          "secret-to-unpinned-action",
          "pin the action by commit id before it is given a secret, or give it none",
          "CICD-SEC-6",
          "CICD-SEC-3",
          "CWE-522");
  static final Rule SECRETS_INHERIT =
      Rule.of(
          "secrets-inherit",
          "name the secrets that the called workflow needs, one by one",
          "CICD-SEC-6",
          "CICD-SEC-5",
          "CWE-522");
  static final Rule SECRET_BESIDE_UNTRUSTED =
      Rule.of(
          "secret-beside-untrusted-code",
          "move the step that needs the secret to a job that never checks out the contributor's code",
          "CICD-SEC-4",
          "CICD-SEC-6",
          "CWE-522");
  static final Rule ALL_SECRETS =
      Rule.of(
          "all-secrets",
          "name the one secret that is needed: `secrets.NAME`",
          "CICD-SEC-6",
          "CWE-522");
  static final Rule SELF_HOSTED =
      Rule.of(
          "self-hosted-runner",
          "use a hosted or single-use runner for triggers that strangers start",
          "CICD-SEC-4",
          "CICD-SEC-7",
          "CWE-668");
  static final Rule PERSISTED_CREDENTIALS =
      Rule.of(
          "persisted-credentials",
          "add `persist-credentials: false` to the checkout",
          "CICD-SEC-6",
          "CWE-522");
  static final Rule PIPED_DOWNLOAD =
      Rule.of(
          "piped-download",
          "download to a file, check its digest, then run it; or copy the script into the repository",
          "CICD-SEC-3",
          "CICD-SEC-9",
          "CWE-494");
  static final Rule UNVERIFIED_DOWNLOAD =
      Rule.of(
          "unverified-download",
          "add `--checksum=sha256:...` to the `ADD`",
          "CICD-SEC-3",
          "CICD-SEC-9",
          "CWE-494");
  static final Rule DOCKER_SOCKET =
      Rule.of(
          "docker-host-access",
          "build images without the host's daemon (buildah, kaniko, rootless BuildKit)",
          "CICD-SEC-7",
          "CWE-250");
  static final Rule DEBUG_TRACE =
      Rule.of(
          "debug-trace",
          "take the switch out; set it for a single run where you must",
          "CICD-SEC-6",
          "CICD-SEC-10",
          "CWE-532");
  static final Rule INSECURE_COMMANDS =
      Rule.of(
          "insecure-commands",
          "write to the files in `GITHUB_ENV` and `GITHUB_PATH` and take the switch out",
          "CICD-SEC-7",
          "CICD-SEC-4",
          "CWE-77");
  static final Rule CONTAINER_CREDENTIALS =
      Rule.of(
          "container-credentials",
          "read the password from a secret: `${{ secrets.NAME }}`",
          "CICD-SEC-6",
          "CWE-798");
  static final Rule CACHE_IN_RELEASE =
      Rule.of(
          "cache-in-release",
          "build releases without a cache that other runs can fill",
          "CICD-SEC-9",
          "CICD-SEC-4",
          "CWE-349");
  static final Rule SECRET_IN_SCRIPT =
      Rule.of(
          "secret-in-script",
          "put the command in single quotes, so that the shell and not Groovy fills in the secret",
          "CICD-SEC-6",
          "CWE-532");
  static final Rule DYNAMIC_CODE =
      Rule.of(
          "dynamic-code",
          "keep pipeline code in the repository or in a library pinned by commit id",
          "CICD-SEC-4",
          "CWE-95");
}
