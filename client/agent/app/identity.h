// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "agent/app/state_folder.h"
#include "agent/transfer/https_client.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "model/package.h"
#include "wire/agent.h"

namespace hearth::agent {

/// Who this agent is in its project, as it was enrolled. One file, mode 0600, replaced as a whole.
struct AgentIdentity {
  std::string server;  ///< "host:port"
  std::string project;
  std::string name;  ///< of the host, as its owner calls it
  HostId host;
  PublicKeyText rootKey;
  std::string authorityPem, certificatePem, privateKeyPem;
  std::string token;               ///< of the join link: with it a copy of this disk can become a host of its own
  std::vector<std::string> marks;  ///< machineMarks() of where it was enrolled

  TlsIdentity tls() const;
  bool operator==(const AgentIdentity&) const = default;
};

/// kNotFound, with what to do, when there is none.
Result<AgentIdentity> loadIdentity(const ProjectFolder& folder);
Result<void> storeIdentity(const ProjectFolder& folder, const AgentIdentity& identity);

/// When a certificate is valid.
struct Validity {
  Instant from, until;
  /// Two thirds of its life are over.
  bool wantsRenewal(Instant now) const { return now >= from + (until - from) * 2 / 3; }
};
Result<Validity> validityOf(const std::string& certificatePem);

}  // namespace hearth::agent
