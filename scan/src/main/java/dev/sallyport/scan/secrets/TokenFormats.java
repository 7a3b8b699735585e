package dev.sallyport.scan.secrets;

import static dev.sallyport.scan.Severity.CRITICAL;
import static dev.sallyport.scan.Severity.HIGH;
import static dev.sallyport.scan.Severity.LOW;
import static dev.sallyport.scan.Severity.MEDIUM;

import dev.sallyport.scan.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/// The token formats that makers have published, each in our own words from its maker's manual.
///
/// A pattern begins at its literal, repeats only plain character classes and ends with a look ahead
/// that the token ends too: so it reads each character once.
final class TokenFormats {
  private TokenFormats() {}

  // Nothing that continues a word stands before or after.
  private static final String BEFORE = "(?<![A-Za-z0-9_-])";
  private static final String AFTER = "(?![A-Za-z0-9_-])";

  private static final List<TokenFormat> ALL = new ArrayList<>();

  /// All formats.
  static List<TokenFormat> all() {
    return List.copyOf(ALL);
  }

  private static void add(
      String rule, Severity severity, String what, String shape, String... literals) {
    add(rule, severity, what, 3.0, false, BEFORE + shape + AFTER, literals);
  }

  private static void add(
      String rule,
      Severity severity,
      String what,
      double entropy,
      boolean checked,
      String pattern,
      String... literals) {
    ALL.add(
        new TokenFormat(
            "secret/" + rule,
            severity,
            what,
            List.of(literals),
            Pattern.compile(pattern),
            entropy,
            checked));
  }

  static {
    clouds();
    forges();
    registries();
    messengers();
    payments();
    models();
    operations();
    keys();
  }

  private static void clouds() {
    add(
        "aws-access-key",
        HIGH,
        "an AWS access key id",
        2.8,
        false,
        "(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])",
        "AKIA",
        "ASIA",
        "ABIA",
        "ACCA");
    add(
        "aws-bedrock-key",
        CRITICAL,
        "an Amazon Bedrock API key",
        "ABSK[A-Za-z0-9+/]{100,}={0,2}",
        "ABSK");
    add("google-api-key", HIGH, "a Google API key", "AIza[A-Za-z0-9_-]{35}", "AIza");
    add(
        "google-oauth-secret",
        HIGH,
        "a Google OAuth client secret",
        "GOCSPX-[A-Za-z0-9_-]{28}",
        "GOCSPX-");
    add(
        "google-oauth-token",
        HIGH,
        "a Google OAuth access token",
        "ya29\\.[A-Za-z0-9_-]{40,400}",
        "ya29.");
    add(
        "gcp-service-account",
        CRITICAL,
        "a Google Cloud service account key",
        2.8,
        false,
        "\"private_key_id\"\\s{0,8}:\\s{0,8}\"([0-9a-f]{40})\"",
        "\"private_key_id\"");
    add(
        "azure-storage-key",
        CRITICAL,
        "an Azure storage account key",
        4.0,
        false,
        "AccountKey=([A-Za-z0-9+/]{86}==)",
        "AccountKey=");
    add(
        "azure-shared-access-key",
        CRITICAL,
        "an Azure shared access key",
        3.5,
        false,
        "SharedAccessKey=([A-Za-z0-9+/]{43}=)",
        "SharedAccessKey=");
    add(
        "azure-sas",
        HIGH,
        "an Azure shared access signature",
        3.5,
        false,
        "(?<=[?&;])sig=([A-Za-z0-9%]{43,70}%3[Dd])",
        "sig=");
    add(
        "azure-client-secret",
        CRITICAL,
        "an Azure AD client secret",
        3.2,
        false,
        "(?<=[A-Za-z0-9_~.-]{3})8Q~[A-Za-z0-9_~.-]{34}(?![A-Za-z0-9_~.-])",
        "8Q~");
    add(
        "alibaba-access-key",
        HIGH,
        "an Alibaba Cloud access key id",
        "LTAI[A-Za-z0-9]{16,20}",
        "LTAI");
    add(
        "digitalocean-token",
        CRITICAL,
        "a DigitalOcean token",
        "do[opr]_v1_[a-f0-9]{64}",
        "dop_v1_",
        "doo_v1_",
        "dor_v1_");
    add(
        "cloudflare-origin-ca",
        CRITICAL,
        "a Cloudflare origin CA key",
        "v1\\.0-[a-f0-9]{24}-[a-f0-9]{146}",
        "v1.0-");
    add("heroku-key", CRITICAL, "a Heroku API key", "HRKU-AA[A-Za-z0-9_-]{58}", "HRKU-AA");
    add("scaleway-key", HIGH, "a Scaleway access key", "SCW[A-Z0-9]{17}", "SCW");
    add("flyio-token", HIGH, "a Fly.io token", "fm2_[A-Za-z0-9+/]{80,800}={0,2}", "fm2_");
    add("supabase-token", CRITICAL, "a Supabase token", "sbp_[a-f0-9]{40}", "sbp_");
    add(
        "planetscale-credential",
        CRITICAL,
        "a PlanetScale credential",
        "pscale_(?:tkn|pw|oauth)_[A-Za-z0-9_.-]{32,64}",
        "pscale_");
    add("databricks-token", CRITICAL, "a Databricks token", "dapi[a-f0-9]{32}(?:-[0-9])?", "dapi");
    add(
        "tailscale-key",
        CRITICAL,
        "a Tailscale key",
        "tskey-(?:api|auth|client|scim|webhook)-[A-Za-z0-9]{6,}-[A-Za-z0-9]{20,}",
        "tskey-");
    add("netlify-token", HIGH, "a Netlify token", "nfp_[A-Za-z0-9]{36,}", "nfp_");
  }

  private static void forges() {
    add(
        "github-token",
        HIGH,
        "a GitHub token",
        3.2,
        true,
        BEFORE + "gh[pousr]_[A-Za-z0-9]{36}(?![A-Za-z0-9])",
        "ghp_",
        "gho_",
        "ghu_",
        "ghs_",
        "ghr_");
    add(
        "github-refresh-token",
        HIGH,
        "a GitHub token",
        3.2,
        true,
        BEFORE + "ghr_[A-Za-z0-9]{76}(?![A-Za-z0-9])",
        "ghr_");
    add(
        "github-fine-grained-token",
        CRITICAL,
        "a GitHub fine-grained token",
        "github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59}",
        "github_pat_");
    add(
        "gitlab-token",
        CRITICAL,
        "a GitLab token",
        3.0,
        false,
        BEFORE
            + "gl(?:pat|dt|rt|cbt|ptt|ft|imt|agent|soat|ffct|oas)-[A-Za-z0-9_=.-]{20,300}(?![A-Za-z0-9_-])",
        "glpat-",
        "gldt-",
        "glrt-",
        "glcbt-",
        "glptt-",
        "glft-",
        "glimt-",
        "glagent-",
        "glsoat-",
        "glffct-",
        "gloas-");
    add(
        "gitlab-runner-registration",
        HIGH,
        "a GitLab runner registration token",
        "GR1348941[A-Za-z0-9_-]{20}",
        "GR1348941");
    add(
        "bitbucket-token",
        HIGH,
        "an Atlassian API token",
        "AT[AC]TT3[A-Za-z0-9_=-]{60,260}",
        "ATATT3",
        "ATCTT3");
    add(
        "bitbucket-app-password",
        HIGH,
        "a Bitbucket app password",
        "ATBB[A-Za-z0-9]{24,60}",
        "ATBB");
    add(
        "circleci-token",
        HIGH,
        "a CircleCI token",
        "CCIPAT_[A-Za-z0-9]{20,24}_[a-f0-9]{40}",
        "CCIPAT_");
    add("buildkite-token", HIGH, "a Buildkite token", "bkua_[a-f0-9]{40}", "bkua_");
    add("sonar-token", HIGH, "a SonarQube token", "sq[pau]_[a-f0-9]{40}", "sqp_", "sqa_", "squ_");
    add(
        "sourcegraph-token",
        HIGH,
        "a Sourcegraph token",
        "sgp_(?:[A-Fa-f0-9]{16}_|local_)?[a-fA-F0-9]{40}",
        "sgp_");
  }

  private static void registries() {
    add(
        "npm-token",
        CRITICAL,
        "an npm token",
        3.2,
        true,
        BEFORE + "npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])",
        "npm_");
    add(
        "pypi-token",
        CRITICAL,
        "a PyPI token",
        "pypi-Ag(?:EIcHlwaS5vcmc|ENdGVzdC5weXBpLm9yZw)[A-Za-z0-9_-]{50,900}",
        "pypi-Ag");
    add("rubygems-token", CRITICAL, "a RubyGems token", "rubygems_[a-f0-9]{48}", "rubygems_");
    add("nuget-key", CRITICAL, "a NuGet API key", "oy2[a-z0-9]{43}", "oy2");
    add("crates-token", CRITICAL, "a crates.io token", "cio[A-Za-z0-9]{32}", "cio");
    add(
        "docker-token",
        CRITICAL,
        "a Docker Hub token",
        "dckr_(?:pat|oat)_[A-Za-z0-9_-]{27,36}",
        "dckr_pat_",
        "dckr_oat_");
    add(
        "docker-swarm-token",
        HIGH,
        "a Docker Swarm join token",
        "SWMTKN-1-[a-z0-9]{50}-[a-z0-9]{25}",
        "SWMTKN-1-");
    add("artifactory-key", HIGH, "an Artifactory API key", "AKCp[A-Za-z0-9]{69}", "AKCp");
    add(
        "artifactory-reference-token",
        HIGH,
        "an Artifactory reference token",
        "cmVmdGtu[A-Za-z0-9]{56}",
        "cmVmdGtu");
    add("clojars-token", HIGH, "a Clojars token", "CLOJARS_[a-z0-9]{60}", "CLOJARS_");
  }

  private static void messengers() {
    add(
        "slack-token",
        CRITICAL,
        "a Slack token",
        "xox[abeoprs]-(?:[0-9]{1,3}-)?[A-Za-z0-9]{8,14}-[A-Za-z0-9-]{12,180}",
        "xoxa-",
        "xoxb-",
        "xoxe-",
        "xoxo-",
        "xoxp-",
        "xoxr-",
        "xoxs-");
    add(
        "slack-app-token",
        CRITICAL,
        "a Slack app token",
        "xapp-[0-9]-[A-Z0-9]{8,14}-[0-9]{8,16}-[a-f0-9]{40,80}",
        "xapp-");
    add(
        "slack-webhook",
        HIGH,
        "a Slack webhook",
        3.0,
        false,
        "hooks\\.slack\\.com/(?:services/T[A-Z0-9]{6,14}/B[A-Z0-9]{6,14}|workflows/T[A-Z0-9]{6,14}/A[A-Z0-9]{6,14}/[0-9]{10,20})/([A-Za-z0-9]{20,28})(?![A-Za-z0-9])",
        "hooks.slack.com/");
    add(
        "teams-webhook",
        HIGH,
        "a Microsoft Teams webhook",
        3.0,
        false,
        "\\.webhook\\.office\\.com/webhookb2/([a-f0-9@-]{70,80}/IncomingWebhook/[a-f0-9]{32}/[a-f0-9-]{36})",
        ".webhook.office.com/");
    add(
        "discord-webhook",
        HIGH,
        "a Discord webhook",
        3.5,
        false,
        "/api/webhooks/[0-9]{17,20}/([A-Za-z0-9_-]{60,80})",
        "/api/webhooks/");
    add(
        "discord-bot-token",
        CRITICAL,
        "a Discord bot token",
        3.5,
        false,
        BEFORE
            + "(?:MT|MD|Mz|Nz|Nj|OT|OD|NT|ND|Nj)[A-Za-z0-9]{22,26}\\.[A-Za-z0-9_-]{6}\\.[A-Za-z0-9_-]{27,38}"
            + AFTER,
        "MT",
        "MD",
        "Mz",
        "Nz",
        "Nj",
        "OT",
        "OD",
        "NT",
        "ND");
    add(
        "telegram-bot-token",
        CRITICAL,
        "a Telegram bot token",
        3.5,
        false,
        "(?<=(?<![0-9])[0-9]{8,10}):(AA[A-Za-z0-9_-]{33})" + AFTER,
        ":AA");
    add(
        "twilio-key",
        HIGH,
        "a Twilio API key",
        2.8,
        false,
        BEFORE + "SK[0-9a-f]{32}(?![A-Za-z0-9])",
        "SK");
    add(
        "sendgrid-key",
        CRITICAL,
        "a SendGrid key",
        "SG\\.[A-Za-z0-9_-]{22}\\.[A-Za-z0-9_-]{43}",
        "SG.");
    add(
        "mailgun-key",
        CRITICAL,
        "a Mailgun key",
        "(?:key-[0-9a-f]{32}|[0-9a-f]{32}-[0-9a-f]{8}-[0-9a-f]{8})",
        "key-");
    add(
        "mailchimp-key",
        HIGH,
        "a Mailchimp key",
        2.0,
        false,
        "(?<=(?<![0-9a-f])[0-9a-f]{32})-us[0-9]{1,2}(?![A-Za-z0-9])",
        "-us");
    add("brevo-key", HIGH, "a Brevo key", "xkeysib-[a-f0-9]{64}-[A-Za-z0-9]{16}", "xkeysib-");
  }

  private static void payments() {
    add(
        "stripe-key",
        CRITICAL,
        "a Stripe live key",
        "[rs]k_live_[A-Za-z0-9]{16,120}",
        "sk_live_",
        "rk_live_");
    add(
        "stripe-test-key",
        LOW,
        "a Stripe test key",
        "[rs]k_test_[A-Za-z0-9]{16,120}",
        "sk_test_",
        "rk_test_");
    add(
        "stripe-webhook-secret",
        HIGH,
        "a Stripe webhook secret",
        "whsec_[A-Za-z0-9+/]{30,80}={0,2}",
        "whsec_");
    add(
        "shopify-token",
        CRITICAL,
        "a Shopify token",
        "shp(?:at|ca|pa|ss|tka)_[a-fA-F0-9]{32}",
        "shpat_",
        "shpca_",
        "shppa_",
        "shpss_",
        "shptka_");
    add(
        "square-token",
        CRITICAL,
        "a Square token",
        "sq0(?:atp|csp|idp)-[A-Za-z0-9_-]{22,43}",
        "sq0atp-",
        "sq0csp-");
    add("square-access-token", HIGH, "a Square access token", "EAAA[A-Za-z0-9_-]{60}", "EAAA");
    add("razorpay-key", HIGH, "a Razorpay live key", "rzp_live_[A-Za-z0-9]{14}", "rzp_live_");
    add(
        "braintree-token",
        CRITICAL,
        "a Braintree access token",
        "access_token\\$production\\$[a-z0-9]{16}\\$[a-f0-9]{32}",
        "access_token$production$");
    add("flutterwave-key", HIGH, "a Flutterwave key", "FLWSECK-[a-f0-9]{32}-X", "FLWSECK-");
  }

  private static void models() {
    add(
        "anthropic-key",
        CRITICAL,
        "an Anthropic key",
        "sk-ant-[a-z]{3,8}[0-9]{2}-[A-Za-z0-9_-]{80,120}",
        "sk-ant-");
    add(
        "openai-key",
        CRITICAL,
        "an OpenAI key",
        3.5,
        false,
        BEFORE
            + "sk-(?:(?:proj|svcacct|admin|None)-[A-Za-z0-9_-]{40,200}|[A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20})"
            + AFTER,
        "sk-");
    add(
        "hugging-face-token",
        CRITICAL,
        "a Hugging Face token",
        "(?:hf|api_org)_[A-Za-z]{34}",
        "hf_",
        "api_org_");
    add("replicate-token", HIGH, "a Replicate token", "r8_[A-Za-z0-9]{37}", "r8_");
    add("groq-key", HIGH, "a Groq key", "gsk_[A-Za-z0-9]{52}", "gsk_");
    add("xai-key", HIGH, "an xAI key", "xai-[A-Za-z0-9]{80}", "xai-");
    add("perplexity-key", HIGH, "a Perplexity key", "pplx-[A-Za-z0-9]{48}", "pplx-");
    add(
        "langsmith-key",
        HIGH,
        "a LangSmith key",
        "lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}",
        "lsv2_");
  }

  private static void operations() {
    add(
        "vault-token",
        CRITICAL,
        "a Vault token",
        3.2,
        false,
        BEFORE + "hv[sbr]\\.[A-Za-z0-9_-]{24,300}" + AFTER,
        "hvs.",
        "hvb.",
        "hvr.");
    add(
        "terraform-token",
        CRITICAL,
        "a Terraform Cloud token",
        3.5,
        false,
        "(?<=(?<![A-Za-z0-9])[A-Za-z0-9]{14})\\.atlasv1\\.[A-Za-z0-9_-]{60,70}" + AFTER,
        ".atlasv1.");
    add(
        "doppler-token",
        CRITICAL,
        "a Doppler token",
        "dp\\.(?:pt|st|ct|sa|scim|audit)\\.(?:[a-z0-9_-]{2,35}\\.)?[A-Za-z0-9]{40,44}",
        "dp.");
    add("pulumi-token", HIGH, "a Pulumi token", "pul-[a-f0-9]{40}", "pul-");
    add(
        "grafana-token",
        HIGH,
        "a Grafana service account token",
        "glsa_[A-Za-z0-9]{32}_[a-fA-F0-9]{8}",
        "glsa_");
    add(
        "grafana-cloud-token",
        HIGH,
        "a Grafana Cloud token",
        "glc_[A-Za-z0-9+/]{32,400}={0,2}",
        "glc_");
    add(
        "newrelic-key",
        HIGH,
        "a New Relic key",
        "NR(?:AK|II|RA)-[A-Za-z0-9_-]{27,36}",
        "NRAK-",
        "NRII-",
        "NRRA-");
    add(
        "sentry-token",
        HIGH,
        "a Sentry token",
        "sntry[su]_[A-Za-z0-9+/_=]{60,400}",
        "sntrys_",
        "sntryu_");
    add(
        "dynatrace-token",
        HIGH,
        "a Dynatrace token",
        "dt0[cs][0-9]{2}\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}",
        "dt0c",
        "dt0s");
    add("postman-key", HIGH, "a Postman key", "PMAK-[a-f0-9]{24}-[a-f0-9]{34}", "PMAK-");
    add(
        "linear-key",
        HIGH,
        "a Linear key",
        "lin_(?:api|oauth)_[A-Za-z0-9]{40,64}",
        "lin_api_",
        "lin_oauth_");
    add("notion-token", HIGH, "a Notion token", "ntn_[A-Za-z0-9]{40,50}", "ntn_");
    add("figma-token", HIGH, "a Figma token", "figd_[A-Za-z0-9_-]{38,44}", "figd_");
    add("airtable-token", HIGH, "an Airtable token", "pat[A-Za-z0-9]{14}\\.[a-f0-9]{64}", "pat");
    add("dropbox-token", HIGH, "a Dropbox token", "sl\\.[A-Za-z0-9_-]{130,152}", "sl.");
    add("adafruit-key", MEDIUM, "an Adafruit IO key", "aio_[A-Za-z0-9]{28}", "aio_");
    add(
        "onepassword-token",
        CRITICAL,
        "a 1Password service account token",
        "ops_eyJ[A-Za-z0-9+/]{200,900}={0,3}",
        "ops_eyJ");
    add("readme-key", MEDIUM, "a ReadMe key", "rdme_[a-z0-9]{70}", "rdme_");
    add("contentful-token", MEDIUM, "a Contentful token", "CFPAT-[A-Za-z0-9_-]{43}", "CFPAT-");
    add("infracost-key", MEDIUM, "an Infracost key", "ico-[A-Za-z0-9]{32}", "ico-");
    add("prefect-key", HIGH, "a Prefect key", "pn[ub]_[A-Za-z0-9]{36}", "pnu_", "pnb_");
    add("octopus-key", HIGH, "an Octopus Deploy key", "API-[A-Z0-9]{26,32}", "API-");
    add("typeform-token", MEDIUM, "a Typeform token", "tfp_[A-Za-z0-9_.-]{44,59}", "tfp_");
    add("easypost-key", HIGH, "an EasyPost key", "EZ[AT]K[A-Za-z0-9]{54}", "EZAK", "EZTK");
  }

  private static void keys() {
    add(
        "age-secret-key",
        CRITICAL,
        "an age secret key",
        "AGE-SECRET-KEY-(?:PQ-)?1[QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}",
        "AGE-SECRET-KEY-");
    add(
        "minisign-secret-key",
        MEDIUM,
        "a minisign secret key",
        3.5,
        false,
        "minisign encrypted secret key\\r?\\n(RW[A-Za-z0-9+/]{200,220}={0,2})",
        "minisign encrypted secret key");
    add(
        "sigstore-sealed-key",
        LOW,
        "an encrypted signing key",
        2.0,
        false,
        "(-----BEGIN ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY-----)",
        "-----BEGIN ENCRYPTED SIGSTORE",
        "-----BEGIN ENCRYPTED COSIGN");
    add(
        "nkey-seed",
        HIGH,
        "a NATS NKey seed",
        3.5,
        false,
        "(?<![A-Za-z0-9])S[UAOCNX][A-Z2-7]{56}(?![A-Za-z0-9])",
        "SU",
        "SA",
        "SO",
        "SC",
        "SN",
        "SX");
    add(
        "jwk-private-key",
        HIGH,
        "a private JSON Web Key",
        3.0,
        false,
        "\"d\"\\s{0,8}:\\s{0,8}\"([A-Za-z0-9_-]{40,700})\"",
        "\"d\"");
    add(
        "otp-secret",
        HIGH,
        "a one-time password secret",
        2.8,
        false,
        "otpauth://[a-z]{4}/[^\\s\"'?]{0,120}\\?(?:[a-z]{4,9}=[^&\\s\"']{0,60}&){0,4}secret=([A-Z2-7]{16,128})",
        "otpauth://");
  }
}
