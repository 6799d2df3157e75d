// SPDX-License-Identifier: GPL-3.0-or-later
// The suite's program as a container image: read, unpacked and run as the agent does it.
#include <fstream>
#include <iterator>
#include <utility>

#include "attacks/executors.h"
#include "image/image.h"
#include "support/image_maker.h"

namespace hearth::attacks {
namespace {

namespace fs = std::filesystem;

std::string bytesOf(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// An executor whose tasks have the image's root instead of their package's, and the image's user.
class ImageExecutor final : public sandbox::Executor {
 public:
  ImageExecutor(std::unique_ptr<sandbox::Executor> inner, image::UnpackedImage image, image::ImageRun run)
      : m_inner(std::move(inner)), m_image(std::move(image)), m_run(std::move(run)) {}

  SandboxTier tier() const override { return m_inner->tier(); }
  const std::string& limitation() const override { return m_inner->limitation(); }
  Result<std::unique_ptr<sandbox::Run>> start(sandbox::RunSpec spec,
                                              std::function<void(sandbox::RunEnd)> onEnd) override {
    spec.packageRoot = m_image.root;
    spec.user = m_run.user;
    spec.group = m_run.group;
    return m_inner->start(std::move(spec), std::move(onEnd));
  }

 private:
  std::unique_ptr<sandbox::Executor> m_inner;
  image::UnpackedImage m_image;
  image::ImageRun m_run;
};

}  // namespace

Result<std::unique_ptr<sandbox::Executor>> inImage(const World& world, std::unique_ptr<sandbox::Executor> inner) {
  image::test::ImageMaker maker;
  maker.layers = {image::test::Tar()
                      .folder("bin/")
                      .file("bin/hostile", bytesOf(world.package() / "bin" / "hostile"), 0755)
                      .file("spare", bytesOf(world.package() / "spare"), 0755)
                      .bytes()};
  maker.config = R"({"User":"1000:1000","Entrypoint":["/bin/hostile"]})";
  const fs::path archive = world.closed() / "image.tar", root = world.image();
  maker.writeDockerArchive(archive);
  std::error_code error;
  fs::remove_all(root, error);  // of an agent before
  fs::create_directories(root, error);
  if (error) return fail(ErrorCode::kIo, "cannot make " + root.string() + ": " + error.message());
  auto unpacked = image::unpackImage(archive, "linux-x86_64", root);
  if (!unpacked) return fail(std::move(unpacked).error());
  auto run = image::planRun(*unpacked, {}, {});
  if (!run) return fail(std::move(run).error());
  return std::unique_ptr<sandbox::Executor>(
      std::make_unique<ImageExecutor>(std::move(inner), std::move(*unpacked), std::move(*run)));
}

}  // namespace hearth::attacks
