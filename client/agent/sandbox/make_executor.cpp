// SPDX-License-Identifier: GPL-3.0-or-later
#include <memory>
#include <utility>

#include "sandbox/executor.h"

namespace hearth::sandbox {
namespace {

/// Landlock's, with the reason why it is not bubblewrap's in its limitation.
class SecondChoice final : public Executor {
 public:
  SecondChoice(std::unique_ptr<Executor> chosen, const std::string& reason)
      : m_chosen(std::move(chosen)), m_limitation(m_chosen->limitation() + ". Better is not to be had: " + reason) {}

  SandboxTier tier() const override { return m_chosen->tier(); }
  const std::string& limitation() const override { return m_limitation; }
  Result<std::unique_ptr<Run>> start(RunSpec spec, std::function<void(RunEnd)> onEnd) override {
    return m_chosen->start(std::move(spec), std::move(onEnd));
  }

 private:
  std::unique_ptr<Executor> m_chosen;
  std::string m_limitation;
};

}  // namespace

Result<std::unique_ptr<Executor>> makeExecutor(BubblewrapOptions options, std::vector<std::filesystem::path> packages) {
  LandlockOptions weaker;
  weaker.scratch = options.scratch;
  weaker.init = options.init;
  weaker.packages = std::move(packages);
  weaker.user = options.user;
  weaker.group = options.group;
  weaker.background = options.background;
  weaker.kernelCounters = options.kernelCounters;
  weaker.controlGroup = options.controlGroup;
  weaker.busctl = options.busctl;
  auto best = makeBubblewrapExecutor(std::move(options));
  if (best && (*best)->tier() != SandboxTier::kNone) return best;
  auto second = makeLandlockExecutor(std::move(weaker));
  if (!second || (*second)->tier() == SandboxTier::kNone) return best;
  const std::string reason = best ? (*best)->limitation() : best.error().message + ". " + best.error().hint;
  return std::unique_ptr<Executor>(std::make_unique<SecondChoice>(std::move(*second), reason));
}

}  // namespace hearth::sandbox
