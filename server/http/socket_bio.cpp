// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/http/internal/socket_bio.h"

#include <cerrno>
#include <cstdint>

#include <sys/socket.h>

namespace hearth::server {
namespace {

int descriptorOf(BIO* bio) { return static_cast<int>(reinterpret_cast<std::intptr_t>(BIO_get_data(bio))); }

bool again() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

int readSome(BIO* bio, char* data, std::size_t size, std::size_t* done) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = ::recv(descriptorOf(bio), data, size, 0);
  if (count < 0 && again()) BIO_set_retry_read(bio);
  if (count == 0) BIO_set_flags(bio, BIO_FLAGS_IN_EOF);
  *done = count > 0 ? static_cast<std::size_t>(count) : 0;
  return count > 0 ? 1 : 0;
}

int writeSome(BIO* bio, const char* data, std::size_t size, std::size_t* done) {
  BIO_clear_retry_flags(bio);
  const ssize_t count = ::send(descriptorOf(bio), data, size, MSG_NOSIGNAL);
  if (count < 0 && again()) BIO_set_retry_write(bio);
  *done = count > 0 ? static_cast<std::size_t>(count) : 0;
  return count > 0 ? 1 : 0;
}

long control(BIO* bio, int command, long, void*) {
  switch (command) {
    case BIO_CTRL_FLUSH:
      return 1;
    case BIO_CTRL_EOF:
      return BIO_test_flags(bio, BIO_FLAGS_IN_EOF) != 0 ? 1 : 0;
    default:
      return 0;
  }
}

BIO_METHOD* newMethod() {
  BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "hearth socket");
  if (method == nullptr || BIO_meth_set_read_ex(method, readSome) != 1 ||
      BIO_meth_set_write_ex(method, writeSome) != 1 || BIO_meth_set_ctrl(method, control) != 1) {
    return nullptr;
  }
  return method;
}

}  // namespace

BIO* newSocketBio(int descriptor) {
  static BIO_METHOD* const method = newMethod();
  BIO* bio = method == nullptr ? nullptr : BIO_new(method);
  if (bio == nullptr) return nullptr;
  BIO_set_data(bio, reinterpret_cast<void*>(static_cast<std::intptr_t>(descriptor)));
  BIO_set_init(bio, 1);
  return bio;
}

}  // namespace hearth::server
