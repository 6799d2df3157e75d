// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/ready_loop.h"

#include <sys/epoll.h>
#include <unistd.h>

#include "bench/tls_client.h"

namespace hearth::bench {

void whileAnswered(const std::vector<int>& descriptors, const std::function<bool(std::size_t)>& take) {
  constexpr int kAtOnce = 64;
  const int poll = ::epoll_create1(EPOLL_CLOEXEC);
  for (std::size_t i = 0; i < descriptors.size(); ++i) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    if (::epoll_ctl(poll, EPOLL_CTL_ADD, descriptors[i], &event) != 0) giveUp("epoll does not take a connection");
  }
  epoll_event ready[kAtOnce];
  for (std::size_t underWay = descriptors.size(); underWay > 0;) {
    const int count = ::epoll_wait(poll, ready, kAtOnce, 10'000);
    if (count <= 0) giveUp("the server does not answer");
    for (int i = 0; i < count; ++i) {
      if (!take(static_cast<std::size_t>(ready[i].data.u64))) --underWay;
    }
  }
  ::close(poll);
}

}  // namespace hearth::bench
