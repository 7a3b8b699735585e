package dev.sallyport.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.bcpg.ArmoredOutputStream;
import org.bouncycastle.bcpg.HashAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyAlgorithmTags;
import org.bouncycastle.bcpg.PublicKeyPacket;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.crypto.generators.Ed25519KeyPairGenerator;
import org.bouncycastle.crypto.params.Ed25519KeyGenerationParameters;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.bouncycastle.openpgp.PGPException;
import org.bouncycastle.openpgp.PGPKeyRingGenerator;
import org.bouncycastle.openpgp.PGPSignature;
import org.bouncycastle.openpgp.PGPSignatureGenerator;
import org.bouncycastle.openpgp.operator.bc.BcPBESecretKeyDecryptorBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPContentSignerBuilder;
import org.bouncycastle.openpgp.operator.bc.BcPGPDigestCalculatorProvider;
import org.bouncycastle.openpgp.operator.jcajce.JcaPGPKeyPair;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.TreeFormatter;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;

/// A history of signed commits made here, so that a bench needs neither network nor shared data:
/// SSH with Ed25519, P-256 and RSA keys, OpenPGP with RSA, CMS with P-256.
final class SignedHistory {
  static final String EMAIL = "dev@example.org";

  private final SecureRandom random = new SecureRandom();
  private final Instant now;
  private final Ed25519PrivateKeyParameters ed25519;
  private final KeyPair p256;
  private final KeyPair rsa;
  private final PGPKeyRingGenerator pgp;
  private final X509Certificate certificate;

  SignedHistory(Instant now) {
    this.now = now;
    try {
      var ed = new Ed25519KeyPairGenerator();
      ed.init(new Ed25519KeyGenerationParameters(random));
      this.ed25519 = (Ed25519PrivateKeyParameters) ed.generateKeyPair().getPrivate();
      KeyPairGenerator ec = KeyPairGenerator.getInstance("EC");
      ec.initialize(new ECGenParameterSpec("secp256r1"), random);
      this.p256 = ec.generateKeyPair();
      KeyPairGenerator rsaGenerator = KeyPairGenerator.getInstance("RSA");
      rsaGenerator.initialize(3072, random);
      this.rsa = rsaGenerator.generateKeyPair();
      Date yesterday = Date.from(now.minus(Duration.ofDays(1)));
      var pair =
          new JcaPGPKeyPair(
              PublicKeyPacket.VERSION_4, PublicKeyAlgorithmTags.RSA_GENERAL, rsa, yesterday);
      this.pgp =
          new PGPKeyRingGenerator(
              PGPSignature.POSITIVE_CERTIFICATION,
              pair,
              "Dev <" + EMAIL + ">",
              new BcPGPDigestCalculatorProvider().get(HashAlgorithmTags.SHA1),
              null,
              null,
              new BcPGPContentSignerBuilder(
                  PublicKeyAlgorithmTags.RSA_GENERAL, HashAlgorithmTags.SHA256),
              null);
      this.certificate = selfSigned(yesterday);
    } catch (GeneralSecurityException | PGPException | IOException | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  private X509Certificate selfSigned(Date from)
      throws GeneralSecurityException, IOException, OperatorCreationException {
    X500Name name = new X500Name("CN=dev");
    var builder =
        new JcaX509v3CertificateBuilder(
            name,
            BigInteger.ONE,
            from,
            Date.from(now.plus(Duration.ofDays(365))),
            name,
            p256.getPublic());
    builder.addExtension(
        Extension.subjectAlternativeName,
        false,
        new GeneralNames(new GeneralName(GeneralName.rfc822Name, EMAIL)));
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(p256.getPrivate())));
  }

  /// The kinds of signature that the history mixes.
  enum Kind {
    SSH_ED25519,
    SSH_P256,
    SSH_RSA,
    PGP,
    X509
  }

  String allowedSigners() {
    StringBuilder lines = new StringBuilder();
    for (Kind kind : List.of(Kind.SSH_ED25519, Kind.SSH_P256, Kind.SSH_RSA)) {
      String blob = Base64.getEncoder().encodeToString(sshKey(kind));
      lines.append(EMAIL).append(' ').append(sshType(kind)).append(' ').append(blob).append('\n');
    }
    return lines.toString();
  }

  byte[] pgpPublicKey() throws IOException {
    var out = new ByteArrayOutputStream();
    try (ArmoredOutputStream armour = ArmoredOutputStream.builder().build(out)) {
      pgp.generatePublicKeyRing().encode(armour);
    }
    return out.toByteArray();
  }

  String x509Root() throws GeneralSecurityException {
    return "-----BEGIN CERTIFICATE-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(certificate.getEncoded())
        + "\n-----END CERTIFICATE-----\n";
  }

  /// A signed commit object.
  byte[] commit(Kind kind, String tree, List<String> parents, int number) {
    StringBuilder head = new StringBuilder("tree " + tree + "\n");
    parents.forEach(parent -> head.append("parent ").append(parent).append('\n'));
    String who = "Dev <" + EMAIL + "> " + (now.getEpochSecond() - 10_000 + number) + " +0000\n";
    head.append("author ").append(who).append("committer ").append(who);
    String tail = "\nChange number " + number + "\n\nA body of two lines, as commits have them.\n";
    byte[] payload = (head + tail).getBytes(UTF_8);
    String signature = sign(kind, payload).strip().replace("\n", "\n ");
    return (head + "gpgsig " + signature + "\n" + tail).getBytes(UTF_8);
  }

  private String sign(Kind kind, byte[] payload) {
    try {
      return switch (kind) {
        case SSH_ED25519, SSH_P256, SSH_RSA -> sshSignature(kind, payload);
        case PGP -> pgpSignature(payload);
        case X509 -> cmsSignature(payload);
      };
    } catch (GeneralSecurityException
        | IOException
        | PGPException
        | CMSException
        | OperatorCreationException e) {
      throw new IllegalStateException(e);
    }
  }

  private String sshSignature(Kind kind, byte[] payload) throws GeneralSecurityException {
    byte[] digest = MessageDigest.getInstance("SHA-512").digest(payload);
    byte[] signed =
        concat(
            "SSHSIG".getBytes(UTF_8), string("git"), string(""), string("sha512"), string(digest));
    byte[] raw =
        switch (kind) {
          case SSH_ED25519 -> {
            byte[] out = new byte[64];
            ed25519.sign(Ed25519.Algorithm.Ed25519, null, signed, 0, signed.length, out, 0);
            yield concat(string("ssh-ed25519"), string(out));
          }
          case SSH_P256 -> {
            ASN1Sequence rs = ASN1Sequence.getInstance(jca("SHA256withECDSA", p256, signed));
            byte[] r = ASN1Integer.getInstance(rs.getObjectAt(0)).getValue().toByteArray();
            byte[] s = ASN1Integer.getInstance(rs.getObjectAt(1)).getValue().toByteArray();
            yield concat(string("ecdsa-sha2-nistp256"), string(concat(string(r), string(s))));
          }
          default -> concat(string("rsa-sha2-512"), string(jca("SHA512withRSA", rsa, signed)));
        };
    byte[] blob =
        concat(
            "SSHSIG".getBytes(UTF_8),
            new byte[] {0, 0, 0, 1},
            string(sshKey(kind)),
            string("git"),
            string(""),
            string("sha512"),
            string(raw));
    return "-----BEGIN SSH SIGNATURE-----\n"
        + Base64.getMimeEncoder(70, new byte[] {'\n'}).encodeToString(blob)
        + "\n-----END SSH SIGNATURE-----\n";
  }

  private static byte[] jca(String name, KeyPair pair, byte[] message)
      throws GeneralSecurityException {
    Signature signer = Signature.getInstance(name);
    signer.initSign(pair.getPrivate());
    signer.update(message);
    return signer.sign();
  }

  private static String sshType(Kind kind) {
    return switch (kind) {
      case SSH_ED25519 -> "ssh-ed25519";
      case SSH_P256 -> "ecdsa-sha2-nistp256";
      case SSH_RSA -> "ssh-rsa";
      case PGP, X509 -> throw new IllegalArgumentException(kind + " is no SSH key");
    };
  }

  private byte[] sshKey(Kind kind) {
    byte[] type = string(sshType(kind));
    return switch (kind) {
      case SSH_ED25519 -> concat(type, string(ed25519.generatePublicKey().getEncoded()));
      case SSH_P256 -> {
        ECPublicKey key = (ECPublicKey) p256.getPublic();
        byte[] point =
            concat(
                new byte[] {4},
                fixed(key.getW().getAffineX(), 32),
                fixed(key.getW().getAffineY(), 32));
        yield concat(type, string("nistp256"), string(point));
      }
      default -> {
        RSAPublicKey key = (RSAPublicKey) rsa.getPublic();
        yield concat(
            type,
            string(key.getPublicExponent().toByteArray()),
            string(key.getModulus().toByteArray()));
      }
    };
  }

  private String pgpSignature(byte[] payload) throws PGPException, IOException {
    var secret = pgp.generateSecretKeyRing().getSecretKey();
    var key =
        secret.extractPrivateKey(
            new BcPBESecretKeyDecryptorBuilder(new BcPGPDigestCalculatorProvider())
                .build(new char[0]));
    var generator =
        new PGPSignatureGenerator(
            new BcPGPContentSignerBuilder(
                PublicKeyAlgorithmTags.RSA_GENERAL, HashAlgorithmTags.SHA256),
            secret.getPublicKey());
    generator.init(PGPSignature.BINARY_DOCUMENT, key);
    generator.update(payload);
    var out = new ByteArrayOutputStream();
    try (ArmoredOutputStream armour = ArmoredOutputStream.builder().build(out)) {
      generator.generate().encode(armour);
    }
    return out.toString(UTF_8);
  }

  private String cmsSignature(byte[] payload)
      throws OperatorCreationException, CMSException, IOException, GeneralSecurityException {
    var generator = new CMSSignedDataGenerator();
    generator.addSignerInfoGenerator(
        new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build())
            .build(
                new JcaContentSignerBuilder("SHA256withECDSA").build(p256.getPrivate()),
                certificate));
    generator.addCertificates(new JcaCertStore(List.of(certificate)));
    byte[] der = generator.generate(new CMSProcessableByteArray(payload), false).getEncoded();
    return "-----BEGIN SIGNED MESSAGE-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END SIGNED MESSAGE-----\n";
  }

  /// Writes a repository of `count` commits, one file changed in each, mostly SSH and OpenPGP.
  void writeRepository(Path folder, int count) throws IOException {
    try (Repository git = new FileRepositoryBuilder().setWorkTree(folder.toFile()).build()) {
      git.create();
      List<String> parents = new ArrayList<>();
      try (ObjectInserter inserter = git.newObjectInserter()) {
        for (int number = 0; number < count; number++) {
          ObjectId blob =
              inserter.insert(Constants.OBJ_BLOB, ("line " + number + "\n").getBytes(UTF_8));
          TreeFormatter tree = new TreeFormatter();
          tree.append("file.txt", FileMode.REGULAR_FILE, blob);
          ObjectId treeId = inserter.insert(tree);
          ObjectId commit =
              inserter.insert(
                  Constants.OBJ_COMMIT, commit(mix(number), treeId.name(), parents, number));
          parents = new ArrayList<>(List.of(commit.name()));
        }
        inserter.flush();
      }
      RefUpdate update = git.updateRef("refs/heads/main");
      update.setNewObjectId(ObjectId.fromString(parents.getFirst()));
      update.update();
      git.updateRef("HEAD").link("refs/heads/main");
    }
    Files.createDirectories(folder.resolve(".sallyport"));
    Files.writeString(folder.resolve(".sallyport/signers"), allowedSigners());
  }

  /// Of ten: five Ed25519, one P-256, one RSA over SSH; three OpenPGP.
  static Kind mix(int number) {
    return switch (number % 10) {
      case 0, 1, 2, 3, 4 -> Kind.SSH_ED25519;
      case 5 -> Kind.SSH_P256;
      case 6 -> Kind.SSH_RSA;
      default -> Kind.PGP;
    };
  }

  private static byte[] fixed(BigInteger value, int width) {
    byte[] bytes = value.toByteArray();
    byte[] out = new byte[width];
    int length = Math.min(bytes.length, width);
    System.arraycopy(bytes, bytes.length - length, out, width - length, length);
    return out;
  }

  private static byte[] string(String text) {
    return string(text.getBytes(UTF_8));
  }

  private static byte[] string(byte[] value) {
    return concat(
        new byte[] {
          (byte) (value.length >>> 24),
          (byte) (value.length >>> 16),
          (byte) (value.length >>> 8),
          (byte) value.length
        },
        value);
  }

  private static byte[] concat(byte[]... parts) {
    var out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
