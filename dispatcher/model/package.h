// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/time.h"
#include "model/requirements.h"

namespace hearth {

/// A file of a package or bundle: where it goes, and the blob that it is.
struct FileRef {
  std::string path;
  Digest digest;
  std::uint64_t size = 0;
  bool executable = false;
  auto operator<=>(const FileRef&) const = default;
};

/// What a package holds for one platform: programs as in Package, with paths below a folder that has the platform's
/// name.
struct PackageBuild {
  std::string platform;
  std::vector<std::pair<std::string, std::string>> programs;
  bool operator==(const PackageBuild&) const = default;
};

/// The files of an app version. Paths are those of the task's root: "usr/bin/ecm", "lib64/ld-linux-x86-64.so.2". Its
/// manifest (the JSON text that wire/ writes) is a blob too; the manifest's digest names the package and is what gets
/// signed.
struct Package {
  std::string name;
  std::string version;
  std::string platform = "linux-x86_64";
  std::vector<std::pair<std::string, std::string>> programs;  ///< name a command may start with, and its path
  std::vector<FileRef> files;
  Runtime runtime = Runtime::kNative;
  std::vector<PackageBuild> builds = {};  ///< of a WebAssembly package, by platform; its programs are the modules then
  bool operator==(const Package&) const = default;
};

/// An Ed25519 public key, raw 32 bytes in lower-case hexadecimal.
using PublicKeyText = std::string;
/// An Ed25519 signature, raw 64 bytes in lower-case hexadecimal.
using SignatureText = std::string;

/// "This key may sign packages": of a release key by the project's root key, of an account's key by root or a release
/// key.
struct KeyApproval {
  enum class Role : std::uint8_t { kRelease, kAccount };
  Role role = Role::kAccount;
  PublicKeyText key;
  std::string account;  ///< whose key; empty for a release key
  Instant expires;
  PublicKeyText signer;
  SignatureText signature;  ///< over statementOf(approval) in certs/
  bool operator==(const KeyApproval&) const = default;
};

/// What an agent needs to trust a package: the signature over its digest and the approvals that lead from the project's
/// root key to the signer, root first. A package signed by root itself has none.
struct PackageSignature {
  PublicKeyText signer;
  SignatureText signature;
  std::vector<KeyApproval> approvals;
  bool operator==(const PackageSignature&) const = default;
};

}  // namespace hearth
