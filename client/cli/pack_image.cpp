// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/pack.h"
#include "image/image.h"

namespace hearth::cli {

Result<PackPlan> planImagePackage(const PackRequest& request) {
  if (!request.programs.empty() || !request.extras.empty() || !request.alias.empty()) {
    return fail(ErrorCode::kInvalid, "an image is packed alone, without programs, --file and --as",
                "Put the files into the image, or leave --image out");
  }
  std::error_code failed;
  if (!std::filesystem::is_regular_file(request.image, failed)) {
    return fail(ErrorCode::kInvalid, request.image.string() + " is not a file",
                "Save the image into one: podman save --format docker-archive -o FILE.tar IMAGE");
  }
  auto image = image::inspectImage(request.image, {});
  if (!image) return fail(std::move(image).error().within(request.image.string()));
  PackPlan plan;
  plan.package.name = request.name.empty() ? request.image.stem().string() : request.name;
  plan.package.version = request.version;
  plan.package.platform = image->platform;
  plan.package.runtime = Runtime::kOci;
  plan.files["image.tar"] = std::filesystem::absolute(request.image);
  if (image->config.entryPoint.empty() && image->config.command.empty())
    plan.warnings.push_back("the image names no program: every batch must have a command");
  return plan;
}

}  // namespace hearth::cli
