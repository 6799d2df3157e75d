// SPDX-License-Identifier: GPL-3.0-or-later
#include "link/merge_patch.h"

namespace hearth::gui {
namespace {

QJsonObject merge(QJsonObject tree, const QJsonObject& patch, int depth) {
  for (auto member = patch.begin(); member != patch.end(); ++member) {
    if (member->isNull()) {
      tree.remove(member.key());
    } else if (member->isObject() && depth < kPatchDepth) {
      tree.insert(member.key(), merge(tree.value(member.key()).toObject(), member->toObject(), depth + 1));
    } else {
      tree.insert(member.key(), *member);
    }
  }
  return tree;
}

}  // namespace

QJsonObject mergePatch(QJsonObject tree, const QJsonObject& patch) { return merge(std::move(tree), patch, 0); }

}  // namespace hearth::gui
