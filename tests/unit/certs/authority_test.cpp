// SPDX-License-Identifier: GPL-3.0-or-later
#include "certs/authority.h"

#include <catch2/catch.hpp>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

using namespace hearth;
using namespace hearth::certs;

namespace {

const Instant kNow = Instant::ofUnixSeconds(1'790'000'000);

template <auto kFree>
struct Freed {
  template <typename T>
  void operator()(T* object) const {
    kFree(object);
  }
};
using CertificatePtr = std::unique_ptr<X509, Freed<X509_free>>;

CertificatePtr parsed(const std::string& pem) {
  std::unique_ptr<BIO, Freed<BIO_free_all>> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  CertificatePtr certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  REQUIRE(certificate);
  return certificate;
}

std::string derOf(const std::string& pem) {
  const auto certificate = parsed(pem);
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate.get(), &der);
  REQUIRE(size > 0);
  std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

/// What OpenSSL's own verification says of a leaf under a trusted root at a time; X509_V_OK or the error.
int verdict(const std::string& leaf, const std::string& root, Instant at, int purpose) {
  const auto certificate = parsed(leaf);
  const auto trusted = parsed(root);
  std::unique_ptr<X509_STORE, Freed<X509_STORE_free>> store(X509_STORE_new());
  X509_STORE_add_cert(store.get(), trusted.get());
  std::unique_ptr<X509_STORE_CTX, Freed<X509_STORE_CTX_free>> context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), certificate.get(), nullptr);
  X509_VERIFY_PARAM* parameters = X509_STORE_CTX_get0_param(context.get());
  X509_VERIFY_PARAM_set_time(parameters, static_cast<time_t>(at.inUnixSeconds()));
  X509_VERIFY_PARAM_set_purpose(parameters, purpose);
  X509_VERIFY_PARAM_set_flags(parameters, X509_V_FLAG_X509_STRICT);
  X509_verify_cert(context.get());
  return X509_STORE_CTX_get_error(context.get());
}

Authority newAuthority(const char* name = "Test project") {
  auto authority = Authority::create(name, kNow);
  REQUIRE(authority);
  return std::move(*authority);
}

std::string newRequest(std::string* keyOut = nullptr) {
  auto key = newPrivateKey();
  REQUIRE(key);
  auto request = newSigningRequest(*key, "a laptop");
  REQUIRE(request);
  if (keyOut != nullptr) *keyOut = *key;
  return *request;
}

/// The same PEM with one bit of its DER changed, near its end: in the signature.
std::string withBrokenSignature(const std::string& pem) {
  std::unique_ptr<BIO, Freed<BIO_free_all>> in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  char* name = nullptr;
  char* header = nullptr;
  unsigned char* data = nullptr;
  long size = 0;
  REQUIRE(PEM_read_bio(in.get(), &name, &header, &data, &size) == 1);
  data[size - 3] ^= 1U;
  std::unique_ptr<BIO, Freed<BIO_free_all>> out(BIO_new(BIO_s_mem()));
  PEM_write_bio(out.get(), name, header, data, size);
  char* text = nullptr;
  const long length = BIO_get_mem_data(out.get(), &text);
  std::string broken(text, static_cast<std::size_t>(length));
  OPENSSL_free(name);
  OPENSSL_free(header);
  OPENSSL_free(data);
  return broken;
}

}  // namespace

TEST_CASE("a host certificate chains to its authority for as long as it was issued") {
  const Authority authority = newAuthority();
  const auto host = authority.issueHost(newRequest(), HostId{42}, kNow, Duration::days(30));
  REQUIRE(host);
  const std::string& root = authority.identity().certificatePem;
  CHECK(verdict(*host, root, kNow, X509_PURPOSE_SSL_CLIENT) == X509_V_OK);
  CHECK(verdict(*host, root, kNow + Duration::days(29), X509_PURPOSE_SSL_CLIENT) == X509_V_OK);
  CHECK(verdict(*host, root, kNow + Duration::days(31), X509_PURPOSE_SSL_CLIENT) == X509_V_ERR_CERT_HAS_EXPIRED);
  CHECK(verdict(*host, root, kNow - Duration::days(1), X509_PURPOSE_SSL_CLIENT) == X509_V_ERR_CERT_NOT_YET_VALID);
  CHECK(verdict(*host, root, kNow, X509_PURPOSE_SSL_SERVER) == X509_V_ERR_INVALID_PURPOSE);
}

TEST_CASE("a certificate of another authority does not chain, even under the same name") {
  const Authority authority = newAuthority();
  const Authority other = newAuthority();
  const auto host = other.issueHost(newRequest(), HostId{42}, kNow, Duration::days(30));
  REQUIRE(host);
  CHECK(verdict(*host, authority.identity().certificatePem, kNow, X509_PURPOSE_SSL_CLIENT) != X509_V_OK);
}

TEST_CASE("a server certificate is for the agents' name and the names and addresses given") {
  const Authority authority = newAuthority();
  const auto server = authority.issueServer({"grid.example.org", "192.0.2.7", "::1"}, kNow, Duration::days(365));
  REQUIRE(server);
  CHECK(verdict(server->certificatePem, authority.identity().certificatePem, kNow, X509_PURPOSE_SSL_SERVER) ==
        X509_V_OK);
  const auto certificate = parsed(server->certificatePem);
  CHECK(X509_check_host(certificate.get(), kAgentServerName.data(), kAgentServerName.size(), 0, nullptr) == 1);
  CHECK(X509_check_host(certificate.get(), "grid.example.org", 0, 0, nullptr) == 1);
  CHECK(X509_check_ip_asc(certificate.get(), "192.0.2.7", 0) == 1);
  CHECK(X509_check_ip_asc(certificate.get(), "::1", 0) == 1);
  CHECK(X509_check_host(certificate.get(), "evil.example.org", 0, 0, nullptr) == 0);
}

TEST_CASE("a server name that could not be one is refused by name") {
  const Authority authority = newAuthority();
  const auto server = authority.issueServer({"https://grid.example.org,DNS:evil"}, kNow, Duration::days(365));
  REQUIRE_FALSE(server);
  CHECK(server.error().message.find("https://grid.example.org,DNS:evil") != std::string::npos);
  CHECK_FALSE(server.error().hint.empty());
}

TEST_CASE("a signing request with a broken signature is refused") {
  const Authority authority = newAuthority();
  const std::string broken = withBrokenSignature(newRequest());
  const auto key = keyOfSigningRequest(broken);
  REQUIRE_FALSE(key);
  CHECK(key.error().code == ErrorCode::kIntegrity);
  CHECK_FALSE(authority.issueHost(broken, HostId{1}, kNow, Duration::days(1)));
}

TEST_CASE("what is no signing request, certificate or key is refused") {
  const Authority authority = newAuthority();
  CHECK_FALSE(keyOfSigningRequest(""));
  CHECK_FALSE(keyOfSigningRequest("-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"));
  CHECK_FALSE(keyOfSigningRequest(std::string(100'000, 'A')));
  CHECK_FALSE(keyOfCertificate("nonsense"));
  CHECK_FALSE(fingerprint(authority.identity().privateKeyPem));
  CHECK_FALSE(newSigningRequest("nonsense", "x"));
  CHECK_FALSE(readHostCertificate("nonsense"));
  CHECK_FALSE(readHostCertificate(""));
}

TEST_CASE("a key that is not EC P-256 gets no host certificate") {
  std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
  std::unique_ptr<X509_REQ, Freed<X509_REQ_free>> request(X509_REQ_new());
  REQUIRE(X509_REQ_set_pubkey(request.get(), key.get()) == 1);
  REQUIRE(X509_REQ_sign(request.get(), key.get(), nullptr) > 0);
  std::unique_ptr<BIO, Freed<BIO_free_all>> out(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509_REQ(out.get(), request.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  const auto host = newAuthority().issueHost(std::string_view(text, static_cast<std::size_t>(size)), HostId{1}, kNow,
                                             Duration::days(1));
  REQUIRE_FALSE(host);
  CHECK(host.error().message.find("P-256") != std::string::npos);
}

TEST_CASE("a host certificate says which host and key it is for and how long") {
  const Authority authority = newAuthority();
  std::string privateKey;
  const std::string request = newRequest(&privateKey);
  const auto pem = authority.issueHost(request, HostId{7'000'000'001}, kNow, Duration::days(30));
  REQUIRE(pem);
  const auto host = readHostCertificate(derOf(*pem));
  REQUIRE(host);
  CHECK(host->host == HostId{7'000'000'001});
  CHECK(host->key == keyOfSigningRequest(request).value());
  CHECK(host->key == keyOfCertificate(*pem).value());
  CHECK(host->notAfter == kNow + Duration::days(30));
  CHECK(host->notBefore <= kNow);
  CHECK(host->notBefore > kNow - Duration::hours(1));
}

TEST_CASE("a server's certificate is not taken for a host's, nor one with bytes behind it") {
  const Authority authority = newAuthority();
  const auto server = authority.issueServer({}, kNow, Duration::days(30));
  REQUIRE(server);
  CHECK_FALSE(readHostCertificate(derOf(server->certificatePem)));
  const auto host = authority.issueHost(newRequest(), HostId{1}, kNow, Duration::days(30));
  REQUIRE(host);
  CHECK_FALSE(readHostCertificate(derOf(*host) + "x"));
}

TEST_CASE("an authority opened from its own identity is the same one") {
  const Authority authority = newAuthority();
  const auto again = Authority::open(authority.identity());
  REQUIRE(again);
  CHECK(again->certificateFingerprint() == authority.certificateFingerprint());
  CHECK(again->certificateFingerprint() == fingerprint(authority.identity().certificatePem).value());
  const auto host = again->issueHost(newRequest(), HostId{3}, kNow, Duration::days(1));
  REQUIRE(host);
  CHECK(verdict(*host, authority.identity().certificatePem, kNow, X509_PURPOSE_SSL_CLIENT) == X509_V_OK);
}

TEST_CASE("an authority is not opened with the key of another or with a certificate that may not sign") {
  const Authority authority = newAuthority();
  const Authority other = newAuthority();
  CHECK_FALSE(Authority::open({authority.identity().certificatePem, other.identity().privateKeyPem}));
  const auto server = authority.issueServer({}, kNow, Duration::days(1));
  REQUIRE(server);
  CHECK_FALSE(Authority::open(*server));
  CHECK_FALSE(Authority::open({"", ""}));
}

TEST_CASE("no certificate outlives its authority, and an authority lives for twenty years") {
  const Authority authority = newAuthority();
  const auto late =
      authority.issueHost(newRequest(), HostId{1}, kNow + Duration::days(19 * 365), Duration::days(9'999));
  REQUIRE(late);
  CHECK(readHostCertificate(derOf(*late))->notAfter == kNow + Duration::days(20 * 365));
  CHECK_FALSE(authority.issueHost(newRequest(), HostId{1}, kNow + Duration::days(21 * 365), Duration::days(1)));
}

TEST_CASE("a long or empty project name does not break the authority") {
  std::string name;
  for (int i = 0; i < 100; ++i) name += "é";
  CHECK(Authority::create(name, kNow));
  CHECK_FALSE(Authority::create("\xff\xfe", kNow));
  CHECK_FALSE(Authority::create("", kNow));
}
