// SPDX-License-Identifier: GPL-3.0-or-later
#include <functional>

#include "golden.h"
#include "samples.h"

using namespace hearth;
using namespace hearth::tests;
using namespace hearth::wire;

namespace {

std::string complaint(const std::function<void(Package&)>& change) {
  Package package = samplePackage();
  change(package);
  const auto read = parsePackage(toJson(package));
  return read ? "" : read.error().message;
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("packages and signatures are written and read as agreed") {
  holdsGolden("package.json", samplePackage(), parsePackage);
  holdsGolden("package_signature.json", sampleSignature(), parsePackageSignature);
  holdsGolden("key_approval.json", sampleApproval(KeyApproval::Role::kAccount), parseKeyApproval);
}

TEST_CASE("the manifest of a package is canonical: the order of its files does not matter") {
  Package package = samplePackage();
  std::swap(package.files[0], package.files[1]);
  CHECK(toJson(package) == toJson(samplePackage()));
  CHECK(parsePackage(toJson(package)) == samplePackage());
}

TEST_CASE("a package that could not be laid out is refused") {
  CHECK(contains(complaint([](Package& p) { p.files[0].path = "../ld.so"; }), "files[0].path"));
  CHECK(contains(complaint([](Package& p) { p.files[0].path = "/usr/bin/x"; }), "is absolute"));
  CHECK(contains(complaint([](Package& p) { p.files[0].path = p.files[1].path; }), "twice"));
  CHECK(contains(complaint([](Package& p) { p.files[0].path = "usr"; }), "both as a file and as a folder"));
  CHECK(contains(complaint([](Package& p) { p.files.clear(); }), "files"));
  CHECK(contains(complaint([](Package& p) { p.files[0].size = (64ULL << 30) + 1; }), "above the limit"));
  CHECK(contains(complaint([](Package& p) { p.programs[0].second = "usr/bin/other"; }), "not among the files"));
  CHECK(contains(complaint([](Package& p) { p.programs.push_back(p.programs[0]); }), "twice"));
  CHECK(contains(complaint([](Package& p) { p.programs[0].first = ""; }), "programs"));
  CHECK(contains(complaint([](Package& p) { p.name = "a@b"; }), "name"));
  CHECK(contains(complaint([](Package& p) { p.version = ""; }), "version"));
}

TEST_CASE("keys and signatures have their exact length in lower-case hexadecimal") {
  for (const std::string& bad : {std::string(63, 'b'), std::string(64, 'B'), std::string(64, 'g'), std::string()}) {
    PackageSignature signature = sampleSignature();
    signature.signer = bad;
    INFO(bad);
    CHECK_FALSE(parsePackageSignature(toJson(signature)));
  }
  KeyApproval approval = sampleApproval(KeyApproval::Role::kAccount);
  approval.signature.pop_back();
  CHECK(contains(parseKeyApproval(toJson(approval)).error().message, "'signature'"));
}
