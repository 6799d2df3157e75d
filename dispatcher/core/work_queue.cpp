// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/work_queue.h"

#include <algorithm>
#include <limits>

#include "base/check.h"

namespace hearth::core {

void FairShare::join(double others) {
  start = std::max(start, others);
  joining = false;
}

double FairShare::key() const { return joining ? -std::numeric_limits<double>::infinity() : start; }

void WorkQueue::setWeight(AccountId id, std::uint32_t weight) {
  Account& account = m_accounts[id];
  if (account.offered > 0) m_offeredWeight += std::uint64_t{weight} - account.share.weight;
  account.share.weight = weight;
}

double WorkQueue::shareOf(const QueuedBatch& batch) const {
  const auto position = m_accounts.find(batch.account);
  if (!batch.offered || position == m_accounts.end()) return 1;
  const Account& account = position->second;
  return static_cast<double>(account.share.weight) / static_cast<double>(m_offeredWeight) /
         static_cast<double>(account.offered);
}

WorkQueue::Turn WorkQueue::turnOf(const QueuedBatch& batch) const {
  Turn turn;
  const auto own = m_accounts.find(batch.account);
  for (const auto& [id, account] : m_accounts) {
    if (account.offered == 0) continue;
    ++turn.accounts;
    const bool other = own != m_accounts.end() && id != batch.account;
    if (other && account.share.key() < own->second.share.key()) ++turn.accountsBefore;
  }
  return turn;
}

void WorkQueue::add(QueuedBatch& batch, const Requirements& requirements, const Scope& scope) {
  const std::size_t known = m_classes.size();
  batch.requirementClass = m_classes.classOf(requirements, scope);
  if (m_classes.size() != known) m_profiles.clear();  // signatures mean something else now
  const auto [position, isNew] = m_cellOf.try_emplace({batch.requirementClass, batch.account}, 0U);
  if (isNew) {
    if (m_freeCells.empty()) {
      m_freeCells.push_back(static_cast<std::uint32_t>(m_cells.size()));
      m_cells.emplace_back();
    }
    position->second = m_freeCells.back();
    m_freeCells.pop_back();
    m_cells[position->second].account = batch.account;
    m_cells[position->second].requirementClass = batch.requirementClass;
  }
  batch.cell = position->second;
  ++m_cells[batch.cell].batches;
}

void WorkQueue::remove(QueuedBatch& batch) {
  if (batch.offered) withdraw(batch);
  Cell& cell = m_cells[batch.cell];
  if (--cell.batches > 0) return;
  m_cellOf.erase({cell.requirementClass, cell.account});
  ++cell.generation;
  m_freeCells.push_back(batch.cell);
}

void WorkQueue::move(QueuedBatch& batch, const Requirements& requirements, const Scope& scope) {
  if (scopeOf(batch) == scope) return;
  const bool offered = batch.offered;
  remove(batch);
  add(batch, requirements, scope);
  if (offered) offer(batch);
}

void WorkQueue::hold(AccountId id, bool held) {
  const auto position = m_accounts.find(id);
  if (position == m_accounts.end() ? !held : position->second.held == held) return;
  m_accounts[id].held = held;
  const auto key = keyOf(id);
  if (!key) return;
  for (auto& [signature, profile] : m_profiles) {
    if (profile.cells.contains(id)) profile.accounts.push(*key, id);
  }
}

void WorkQueue::insert(QueuedBatch& batch) {
  Cell& cell = m_cells[batch.cell];
  cell.offered.insert({batch.rank(), &batch});
  cell.first = *cell.offered.first();
}

void WorkQueue::erase(const QueuedBatch& batch) {
  Cell& cell = m_cells[batch.cell];
  HEARTH_CHECK(cell.offered.erase({batch.rank(), nullptr}), "an offered batch stands in its cell");
  cell.first = cell.offered.empty() ? Offered{} : *cell.offered.first();
}

void WorkQueue::offer(QueuedBatch& batch) {
  HEARTH_CHECK(!batch.offered, "a batch is offered once");
  batch.offered = true;
  batch.share.joining = true;
  Account& account = m_accounts[batch.account];
  if (account.offered++ == 0) {
    account.share.joining = true;
    m_offeredWeight += account.share.weight;
  }
  insert(batch);
  for (auto& [signature, profile] : m_profiles) {
    if (profile.eligible[batch.requirementClass]) tell(profile, batch.cell);
  }
}

void WorkQueue::withdraw(QueuedBatch& batch) {
  HEARTH_CHECK(batch.offered, "only an offered batch is withdrawn");
  erase(batch);
  batch.offered = false;
  Account& account = m_accounts.at(batch.account);
  if (--account.offered == 0) m_offeredWeight -= account.share.weight;
}

void WorkQueue::charge(QueuedBatch& batch, double cost) {
  Account& account = m_accounts.at(batch.account);
  m_served = account.share.start;
  account.served = batch.share.start;
  account.share.charge(cost);
  if (!batch.offered) {
    batch.share.charge(cost);
    return;
  }
  // Keys only rise here, so no heap needs to be told.
  erase(batch);
  batch.share.charge(cost);
  insert(batch);
}

std::optional<double> WorkQueue::keyOf(AccountId id) const {
  const auto position = m_accounts.find(id);
  if (position == m_accounts.end() || position->second.offered == 0 || position->second.held) return std::nullopt;
  return position->second.share.key();
}

std::optional<BatchRank> WorkQueue::firstOf(const CellName& name) const {
  const Cell& cell = m_cells[name.index];
  if (cell.generation != name.generation || cell.first.batch == nullptr) return std::nullopt;
  return cell.first.rank;
}

void WorkQueue::tell(Profile& profile, std::uint32_t index) {
  const Cell& cell = m_cells[index];
  profile.cells[cell.account].push(cell.first.rank, {index, cell.generation});
  if (const auto key = keyOf(cell.account)) profile.accounts.push(*key, cell.account);
}

WorkQueue::Profile& WorkQueue::profileFor(const Offer& offer) {
  const RequirementClasses::Signature signature = m_classes.signatureOf(offer);
  auto position = m_profiles.find(signature);
  if (position == m_profiles.end()) {
    if (m_profiles.size() >= kProfiles) {
      m_profiles.erase(std::min_element(m_profiles.begin(), m_profiles.end(), [](const auto& a, const auto& b) {
        return a.second.lastAsked < b.second.lastAsked;
      }));
    }
    position = m_profiles.emplace(signature, Profile{}).first;
    fill(position->second, offer);
  }
  position->second.lastAsked = ++m_asked;
  return position->second;
}

void WorkQueue::fill(Profile& profile, const Offer& offer) {
  profile.eligible.resize(m_classes.size());
  for (ClassIndex index = 0; index < m_classes.size(); ++index) profile.eligible[index] = m_classes.fits(offer, index);
  for (const auto& [key, index] : m_cellOf) {
    if (profile.eligible[key.first] && m_cells[index].first.batch != nullptr) tell(profile, index);
  }
}

WorkQueue::Search::~Search() {
  for (const auto& [account, cell] : m_openCells) {
    if (const auto first = m_queue.firstOf(cell)) m_profile.cells[account].push(*first, cell);
  }
  for (const AccountId account : m_doneAccounts) {
    const auto key = m_queue.keyOf(account);
    const auto anything = m_profile.cells[account].top([this](const CellName& cell) { return m_queue.firstOf(cell); });
    if (key && anything != nullptr) m_profile.accounts.push(*key, account);
  }
}

QueuedBatch* WorkQueue::Search::next() {
  while (m_passed < kLooks) {
    const std::optional<AccountId> from = account();
    if (!from) return nullptr;
    const std::optional<Offered> found = best(*from);
    if (!found->rank.isJoining()) return found->batch;
    settleBatches(*from, found->rank.priority);
  }
  return nullptr;
}

QueuedBatch* WorkQueue::Search::likely() {
  const auto* top = topAccount();
  return top == nullptr ? nullptr : best(top->subject)->batch;
}

/// The account that is behind most of those with something for this host; those that have nothing are set aside.
const LazyHeap<double, AccountId>::Entry* WorkQueue::Search::topAccount() {
  const auto keyOf = [this](AccountId id) { return m_queue.keyOf(id); };
  const LazyHeap<double, AccountId>::Entry* top = m_profile.accounts.top(keyOf);
  for (; top != nullptr && !best(top->subject); top = m_profile.accounts.top(keyOf)) {
    m_doneAccounts.push_back(top->subject);
    m_profile.accounts.pop();
  }
  return top;
}

/// The account that is served next. Those that join take the tag of the first that is there already.
std::optional<AccountId> WorkQueue::Search::account() {
  std::vector<AccountId> joining;
  const LazyHeap<double, AccountId>::Entry* top = topAccount();
  for (; top != nullptr && joining.size() < kJoins; top = topAccount()) {
    if (!m_queue.m_accounts.at(top->subject).share.joining) break;
    joining.push_back(top->subject);
    m_profile.accounts.pop();
  }
  if (joining.empty()) return top == nullptr ? std::nullopt : std::optional(top->subject);
  // Too many join at once to look behind them all: the one that was served last stands for those that are there.
  const double others = top == nullptr ? 0 : joining.size() < kJoins ? top->key : m_queue.m_served;
  for (const AccountId id : joining) {
    FairShare& share = m_queue.m_accounts.at(id).share;
    share.join(others);
    m_profile.accounts.push(share.key(), id);
  }
  return topAccount()->subject;
}

void WorkQueue::Search::pass(const QueuedBatch& batch) {
  m_behind[batch.cell] = batch.rank();
  ++m_passed;
}

/// The batches of a cell are passed over in their order, and who is charged or joins goes behind those.
std::optional<WorkQueue::Offered> WorkQueue::Search::firstLeft(const CellName& name) const {
  if (!m_queue.firstOf(name)) return std::nullopt;
  const Cell& cell = m_queue.m_cells[name.index];
  const auto behind = m_behind.empty() ? m_behind.end() : m_behind.find(name.index);
  if (behind == m_behind.end()) return cell.first;
  const Offered* left = cell.offered.above({behind->second, nullptr});
  return left == nullptr ? std::nullopt : std::optional(*left);
}

std::optional<WorkQueue::Offered> WorkQueue::Search::best(AccountId from) {
  auto& cells = m_profile.cells[from];
  std::optional<Offered> found;
  // A cell whose first batch was passed over no longer stands in its place in the heap.
  while (const auto* top = cells.top([this](const CellName& cell) { return m_queue.firstOf(cell); })) {
    const std::optional<Offered> left = firstLeft(top->subject);
    if (left && left->rank == top->key) {
      found = left;
      break;
    }
    m_openCells.emplace_back(from, top->subject);
    cells.pop();
  }
  for (const auto& [account, cell] : m_openCells) {
    if (account != from) continue;
    const std::optional<Offered> left = firstLeft(cell);
    if (left && (!found || *left < *found)) found = left;
  }
  return found;
}

/// Batches that join take the tag of the first of their priority that is there already.
void WorkQueue::Search::settleBatches(AccountId from, std::int32_t priority) {
  std::vector<QueuedBatch*> joining;
  std::optional<Offered> first = best(from);
  for (; first && first->rank.priority == priority && joining.size() < kJoins; first = best(from)) {
    if (!first->rank.isJoining()) break;
    m_queue.erase(*first->batch);
    joining.push_back(first->batch);
  }
  const bool met = first && first->rank.priority == priority && joining.size() < kJoins;
  const double others = met ? first->rank.start : joining.size() < kJoins ? 0 : m_queue.m_accounts.at(from).served;
  for (QueuedBatch* batch : joining) {
    batch->share.join(others);
    m_queue.insert(*batch);
    m_queue.tell(m_profile, batch->cell);
  }
}

}  // namespace hearth::core
