// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent/app/identity.h"

#include <memory>
#include <utility>

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "agent/platform/files.h"
#include "base/limits.h"
#include "certs/authority.h"
#include "wire/json_reader.h"
#include "wire/json_writer.h"

namespace hearth::agent {
namespace {

constexpr std::size_t kIdentityBytes = 128 * limits::kKiB;
constexpr std::size_t kMarks = 256;
constexpr std::size_t kPemBytes = 16 * limits::kKiB;

Result<AgentIdentity> parse(const std::string& text) {
  auto document = wire::JsonDocument::parse(text, kIdentityBytes);
  if (!document) return fail(std::move(document).error());
  wire::JsonReader json = document->root();
  AgentIdentity identity;
  identity.server = json.text("server", limits::kPathBytes);
  identity.project = json.text("project");
  identity.name = json.text("name");
  identity.host = json.id<HostId>("host");
  identity.rootKey = json.text("rootKey");
  identity.authorityPem = json.text("authority", kPemBytes);
  identity.certificatePem = json.text("certificate", kPemBytes);
  identity.privateKeyPem = json.text("privateKey", kPemBytes);
  identity.token = json.textOr("token", "");
  identity.marks = json.texts("marks", kMarks);
  HEARTH_TRY(document->status());
  return identity;
}

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeCertificate {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

}  // namespace

TlsIdentity AgentIdentity::tls() const { return {authorityPem, {}, certificatePem, privateKeyPem}; }

Result<AgentIdentity> loadIdentity(const ProjectFolder& folder) {
  auto text = readSmallFile(folder.identity(), kIdentityBytes);
  if (!text && text.error().code == ErrorCode::kNotFound) {
    return fail(ErrorCode::kNotFound, "the agent in " + folder.root.string() + " has not joined a project",
                "Get a join link from the project and run `hearth-agent join LINK`.");
  }
  if (!text) return fail(std::move(text).error());
  auto identity = parse(*text);
  if (!identity) return fail(std::move(identity).error().within(folder.identity().string()));
  return identity;
}

Result<void> storeIdentity(const ProjectFolder& folder, const AgentIdentity& identity) {
  wire::JsonWriter json(8192);
  json.beginObject().member("server", identity.server).member("project", identity.project);
  json.member("name", identity.name).member("host", identity.host).member("rootKey", identity.rootKey);
  json.member("authority", identity.authorityPem).member("certificate", identity.certificatePem);
  json.member("privateKey", identity.privateKeyPem).member("token", identity.token);
  json.key("marks").beginArray();
  for (const std::string& mark : identity.marks) json.value(mark);
  json.endArray().endObject();
  return writeFileDurably(folder.identity(), json.take(), 0600);
}

Result<Validity> validityOf(const std::string& certificatePem) {
  const std::unique_ptr<BIO, FreeBio> bio(
      BIO_new_mem_buf(certificatePem.data(), static_cast<int>(certificatePem.size())));
  const std::unique_ptr<X509, FreeCertificate> certificate(bio ? PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)
                                                               : nullptr);
  unsigned char* bytes = nullptr;
  const int size = certificate ? i2d_X509(certificate.get(), &bytes) : -1;
  if (size <= 0) return fail(ErrorCode::kInvalid, "this host's certificate cannot be read", "Join again.");
  const std::string der(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  const auto facts = certs::readHostCertificate(der);
  if (!facts) return fail(facts.error());
  return Validity{facts->notBefore, facts->notAfter};
}

}  // namespace hearth::agent
