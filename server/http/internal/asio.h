// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <memory>

#include "server/http/internal/asio_settings.h"

#if defined(__GNUC__) && !defined(__clang__)
// g++ 12 takes the frames of Asio's coroutines, which have an allocator of their own, for a mistake.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

/// Asio with its executor named: the type-erased one costs a sixth of the throughput. Only the few .cpp files of the
/// server that touch sockets include this.
///
/// In a coroutine, co_await never stands inside a condition: g++ 12 then may lay out the frame wrongly, and the
/// coroutine loses its `this`. Name the result first.
namespace hearth::server {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
using Timer = asio::basic_waitable_timer<Clock, asio::wait_traits<Clock>, Executor>;
using ErrorCodeOut = boost::system::error_code;
template <typename T = void>
using Task = asio::awaitable<T, Executor>;
inline constexpr asio::use_awaitable_t<Executor> kAwait{};

/// Lets one coroutine wait until it is woken. All calls on the thread of its loop; raise() resumes the waiter before it
/// returns.
class Wakeup {
 public:
  Task<> wait() {
    if (!m_raised) {
      co_await asio::async_initiate<const asio::use_awaitable_t<Executor>, void()>(
          [this](auto handler) { m_waiter = std::make_unique<Held<decltype(handler)>>(std::move(handler)); }, kAwait);
    }
    m_raised = false;
  }
  void raise() {
    m_raised = true;
    if (const auto waiter = std::move(m_waiter)) waiter->resume();
  }

 private:
  struct Waiter {
    virtual ~Waiter() = default;
    virtual void resume() = 0;
  };
  template <typename Handler>
  struct Held : Waiter {
    explicit Held(Handler given) : handler(std::move(given)) {}
    void resume() override { std::move(handler)(); }
    Handler handler;
  };
  bool m_raised = false;
  std::unique_ptr<Waiter> m_waiter;
};

}  // namespace hearth::server
