package dev.sallyport.scan;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sallyport.scan.dependencies.Dependencies;
import dev.sallyport.scan.pipeline.Pipeline;
import dev.sallyport.scan.secrets.Secrets;
import dev.sallyport.scan.yaml.YamlReader;
import dev.sallyport.testdata.Bent;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/// The scanners against hostile files. The first byte chooses the file's name, and so its reader;
/// every file is also searched for secrets.
public final class ScanFuzz {
  private static final Secrets SECRETS = Secrets.builtIn();
  private static final List<String> NAMES =
      List.of(
          "plain.txt",
          ".github/workflows/w.yml",
          "action.yml",
          ".gitlab-ci.yml",
          "Jenkinsfile",
          "Dockerfile",
          "package-lock.json",
          "pom.xml",
          "Cargo.lock",
          "go.mod",
          "go.sum",
          "poetry.lock",
          "uv.lock",
          "requirements.txt",
          "Pipfile.lock",
          "gradle.lockfile",
          "yarn.lock");

  private ScanFuzz() {}

  /// A scanner names what it cannot read; only the YAML reader itself throws, and what it declares.
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    byte[] rest = Arrays.copyOfRange(input, 1, input.length);
    var file = new TextFile(NAMES.get(Math.floorMod(input[0] - 'a', NAMES.size())), rest);
    SECRETS.scan(file);
    Pipeline.scan(file);
    Dependencies.inventory(Source.of(List.of(file)));
    if (file.path().endsWith(".yml")) {
      try {
        YamlReader.read(rest);
      } catch (YamlReader.Unreadable declared) {
        // As it should be.
      }
    }
  }

  static List<byte[]> seeds() {
    return Stream.of(
            "akey = \"AKIA\" + 'q7Yx2Lm9Vb4Nc8Kd1Zf6Ths0WpRg3Eju5Ai' https://u:p4ssw0rd@h/ Authorization: Bearer x.y.z\n",
            """
            bon: {pull_request_target: {types: [opened]}}
            env: &e {A: "${{ github.event.issue.title }}"}
            jobs: {a: {runs-on: [self-hosted], env: *e, steps: [{uses: "a/b@v1", with: {ref: "${{ github.head_ref }}"}}, {run: "echo ${{ secrets.X }}"}]}}
            """,
            "cruns: {using: composite, steps: [{run: 'echo ${{ inputs.x }}', shell: bash}]}\n",
            "dinclude: [{remote: 'https://x/y.yml'}, {local: '/a.yml'}]\na: {image: 'x:1', script: ['echo $CI']}\n",
            "epipeline { agent any; stages { stage('a') { steps { sh \"echo ${params.x}\" } } } }\n",
            "fARG V=1\nFROM x:${V} AS a\nRUN <<E\ncurl x | sh\nE\nCOPY --from=a / /\n",
            "g{\"lockfileVersion\":3,\"packages\":{\"\":{},\"node_modules/a\":{\"version\":\"1.0.0\",\"resolved\":\"https://r/a.tgz\",\"integrity\":\"sha512-AA==\"}}}",
            "h<project><modelVersion>4.0.0</modelVersion><groupId>g</groupId><artifactId>a</artifactId><version>1</version><dependencies><dependency><groupId>x</groupId><artifactId>y</artifactId><version>${v}</version></dependency></dependencies></project>",
            "iversion = 4\n[[package]]\nname = \"a\"\nversion = \"1.0.0\"\nsource = \"registry+https://x\"\n",
            "jmodule m\ngo 1.24\nrequire (\n\tx.y/z v1.2.3 // indirect\n)\nreplace a => ../b\n",
            "kx.y/z v1.2.3 h1:AAAA=\nx.y/z v1.2.3/go.mod h1:AAAA=\n",
            "l[[package]]\nname = \"a\"\nversion = \"1\"\nfiles = [{file = \"a.whl\", hash = \"sha256:00\"}]\n",
            "mversion = 1\n[[package]]\nname = \"a\"\nversion = \"1\"\nsource = { registry = \"https://x\" }\n",
            "na[x]==1.0 ; python_version < '3' --hash=sha256:00 \\\n  # c\n-r other.txt\nb @ https://x/y.whl\n",
            "o{\"default\":{\"a\":{\"version\":\"==1.0\",\"hashes\":[\"sha256:00\"]}}}",
            "pa:b:1.0=compileClasspath,runtimeClasspath\nempty=\n")
        .map(text -> text.getBytes(UTF_8))
        .toList();
  }

  /// Writes the seeds into the folder named, for `./build fuzz`.
  public static void main(String[] arguments) {
    Bent.write(seeds(), Path.of(arguments[0]));
  }
}
