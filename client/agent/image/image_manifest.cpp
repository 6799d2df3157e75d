// SPDX-License-Identifier: GPL-3.0-or-later
#include "image/image_manifest.h"

#include <algorithm>

#include "certs/sha256.h"
#include "image/json_view.h"

namespace hearth::image {
namespace {

namespace json = boost::json;

constexpr int kIndexDepth = 4;  // an index whose entry is an index …
constexpr std::string_view kSha256 = "sha256:";

std::string platformName(const std::string& system, const std::string& architecture) {
  if (architecture == "amd64") return system + "-x86_64";
  if (architecture == "arm64") return system + "-aarch64";
  return system + "-" + architecture;
}

Result<Digest> parseDigest(const std::string& text, const std::string& what) {
  if (text.starts_with(kSha256)) {
    if (auto digest = Digest::parse(std::string_view(text).substr(kSha256.size()))) return digest;
  }
  return fail(ErrorCode::kInvalid, what + " of the image has no SHA-256 digest but '" + text.substr(0, 100) + "'",
              "Save the image again, with a tool that names blobs by sha256.");
}

std::string memberOf(const Digest& digest) { return "blobs/sha256/" + digest.hex(); }

/// A document of an OCI layout, checked against its name.
Result<std::string> readBlob(const ImageSource& source, const Digest& digest, const std::string& what,
                             const ImageLimits& most) {
  auto text = readMember(source, memberOf(digest), most.documentBytes);
  if (!text) return text;
  if (certs::sha256(*text) == digest) return text;
  return fail(ErrorCode::kIntegrity, "the image is damaged: " + what + " does not have its digest " + digest.hex(),
              "Save the image again.");
}

/// Of an index's entries the one to run; those that are no images (signatures, attestations) are left out.
Result<json::object> chooseEntry(const json::object& index, const std::string& platform) {
  std::vector<json::object> fitting, all;
  for (json::object& entry : objectsIn(index, "manifests")) {
    const json::object& wanted = objectIn(entry, "platform");
    const std::string system = textIn(wanted, "os");
    if (system == "unknown") continue;
    if (!system.empty() && platformName(system, textIn(wanted, "architecture")) == platform) fitting.push_back(entry);
    all.push_back(std::move(entry));
  }
  if (all.size() == 1) return std::move(all.front());
  if (fitting.size() == 1) return std::move(fitting.front());
  if (all.empty()) return fail(ErrorCode::kInvalid, "the image's index names no image", "Save the image again.");
  return fail(ErrorCode::kInvalid,
              "the archive holds " + std::to_string(all.size()) + " images" +
                  (platform.empty() ? "" : ", not one for " + platform),
              "Save one image for one platform.");
}

Result<json::object> findManifest(const ImageSource& source, const std::string& platform, const ImageLimits& most) {
  auto text = readMember(source, "index.json", most.documentBytes);
  std::string name = "index.json";
  for (int depth = 0; depth < kIndexDepth; ++depth) {
    if (!text) return fail(std::move(text).error());
    auto document = parseObject(*text, name);
    if (!document || document->contains("layers")) return document;
    auto entry = chooseEntry(*document, platform);
    if (!entry) return fail(std::move(entry).error());
    auto digest = parseDigest(textIn(*entry, "digest"), "the manifest");
    if (!digest) return fail(std::move(digest).error());
    name = memberOf(*digest);
    text = readBlob(source, *digest, "its manifest", most);
  }
  return fail(ErrorCode::kInvalid, "the image's index leads nowhere", "Save the image again.");
}

Result<ImageManifest> readLayout(const ImageSource& source, const std::string& platform, const ImageLimits& most) {
  auto manifest = findManifest(source, platform, most);
  if (!manifest) return fail(std::move(manifest).error());
  auto digest = parseDigest(textIn(objectIn(*manifest, "config"), "digest"), "the configuration");
  if (!digest) return fail(std::move(digest).error());
  auto document = readBlob(source, *digest, "its configuration", most);
  if (!document) return fail(std::move(document).error());
  auto image = parseConfig(*document, most);
  if (!image) return image;
  const auto layers = objectsIn(*manifest, "layers");
  if (layers.size() != image->layers.size()) {
    return fail(ErrorCode::kInvalid, "the image's manifest and configuration name different numbers of layers",
                "Save the image again.");
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    auto stored = parseDigest(textIn(layers[i], "digest"), "layer " + std::to_string(i + 1));
    if (!stored) return fail(std::move(stored).error());
    image->layers[i].stored = *stored;
    image->layers[i].member = memberOf(*stored);
  }
  return image;
}

Result<ImageManifest> readDockerArchive(const ImageSource& source, const ImageLimits& most) {
  auto text = readMember(source, "manifest.json", most.documentBytes);
  if (!text) return fail(std::move(text).error());
  auto images = parseList(*text, "manifest.json");
  if (!images) return fail(std::move(images).error());
  if (images->size() != 1) {
    return fail(ErrorCode::kInvalid, "the archive holds " + std::to_string(images->size()) + " images",
                "Save one image into an archive of its own.");
  }
  const json::object& entry = images->front();
  auto document = readMember(source, textIn(entry, "Config"), most.documentBytes);
  if (!document) return fail(std::move(document).error());
  auto image = parseConfig(*document, most);
  if (!image) return image;
  const auto members = textsIn(entry, "Layers");
  if (members.size() != image->layers.size()) {
    return fail(ErrorCode::kInvalid, "the image's manifest and configuration name different numbers of layers",
                "Save the image again.");
  }
  for (std::size_t i = 0; i < members.size(); ++i) image->layers[i].member = members[i];
  return image;
}

bool isWhole(const std::string& text) { return text.find('\0') == std::string::npos; }

Result<void> parseProgram(const json::object& config, ImageConfig& program) {
  program.entryPoint = textsIn(config, "Entrypoint");
  program.command = textsIn(config, "Cmd");
  program.user = textIn(config, "User");
  program.workingFolder = textIn(config, "WorkingDir");
  for (const std::string& each : textsIn(config, "Env")) {
    const auto equals = each.find('=');
    if (equals == 0 || equals == std::string::npos) continue;
    program.environment.emplace_back(each.substr(0, equals), each.substr(equals + 1));
  }
  const bool whole = isWhole(program.user) && isWhole(program.workingFolder) &&
                     std::all_of(program.entryPoint.begin(), program.entryPoint.end(), isWhole) &&
                     std::all_of(program.command.begin(), program.command.end(), isWhole);
  if (!whole) return fail(ErrorCode::kInvalid, "the image's configuration holds a NUL", "Make the image anew.");
  if (!program.workingFolder.empty() && !program.workingFolder.starts_with('/'))
    program.workingFolder = "/" + program.workingFolder;
  return {};
}

}  // namespace

Result<ImageManifest> parseConfig(const std::string& document, const ImageLimits& most) {
  auto object = parseObject(document, "the configuration");
  if (!object) return fail(std::move(object).error());
  ImageManifest image;
  const std::string system = textIn(*object, "os");
  image.platform = platformName(system, textIn(*object, "architecture"));
  if (system != "linux") {
    return fail(ErrorCode::kUnsupported, "the image is for the system '" + system + "', not for linux",
                "Save it for linux/amd64.");
  }
  HEARTH_TRY(parseProgram(objectIn(*object, "config"), image.config));
  const auto digests = textsIn(objectIn(*object, "rootfs"), "diff_ids");
  if (digests.empty()) return fail(ErrorCode::kInvalid, "the image has no layers", "Put your program into it.");
  if (digests.size() > most.layers) {
    return fail(ErrorCode::kTooLarge,
                "the image has " + std::to_string(digests.size()) + " layers, more than " + std::to_string(most.layers),
                "Squash it: podman build --squash-all.");
  }
  for (const std::string& each : digests) {
    auto digest = parseDigest(each, "layer " + std::to_string(image.layers.size() + 1));
    if (!digest) return fail(std::move(digest).error());
    image.layers.push_back({{}, std::nullopt, *digest});
  }
  return image;
}

Result<ImageManifest> readManifest(const ImageSource& source, const std::string& platform, const ImageLimits& most) {
  const bool isLayout = source.has("oci-layout") && source.has("index.json");
  if (!isLayout && !source.has("manifest.json")) {
    return fail(ErrorCode::kInvalid, "this is no image: it has neither index.json nor manifest.json",
                "Save one: podman save --format docker-archive -o FILE.tar IMAGE");
  }
  auto image = isLayout ? readLayout(source, platform, most) : readDockerArchive(source, most);
  if (image && !platform.empty() && image->platform != platform) {
    return fail(ErrorCode::kUnsupported, "the image is for " + image->platform + ", not for " + platform,
                "Save it for that platform.");
  }
  return image;
}

}  // namespace hearth::image
