// SPDX-License-Identifier: GPL-3.0-or-later
#include "presence/platform/linux/x_server.h"

#include <QMetaObject>
#include <cstring>

namespace hearth::gui {

XServer::~XServer() { hangUp(); }

bool XServer::connect() {
  m_connection = xcb_connect(nullptr, nullptr);
  if (xcb_connection_has_error(m_connection) != 0) {
    hangUp();
    return false;
  }
  m_root = xcb_setup_roots_iterator(xcb_get_setup(m_connection)).data->root;
  m_readable = new QSocketNotifier(xcb_get_file_descriptor(m_connection), QSocketNotifier::Read, this);
  QObject::connect(m_readable, &QSocketNotifier::activated, this, [this] { takeEvents(); });
  return true;
}

bool XServer::hasExtension(const char* name) {
  const auto reply = owned(xcb_query_extension_reply(
      m_connection, xcb_query_extension(m_connection, static_cast<std::uint16_t>(std::strlen(name)), name), nullptr));
  return reply && reply->present != 0;
}

xcb_atom_t XServer::atom(const char* name) {
  const auto reply = owned(xcb_intern_atom_reply(
      m_connection, xcb_intern_atom(m_connection, 0, static_cast<std::uint16_t>(std::strlen(name)), name), nullptr));
  return reply ? reply->atom : xcb_atom_t{XCB_ATOM_NONE};
}

std::vector<std::uint32_t> XServer::property(xcb_window_t window, xcb_atom_t name, xcb_atom_t type) {
  constexpr std::uint32_t kMostWords = 64;
  const auto reply = owned(xcb_get_property_reply(
      m_connection, xcb_get_property(m_connection, 0, window, name, type, 0, kMostWords), nullptr));
  if (!reply || reply->format != 32) return {};
  const auto* values = static_cast<const std::uint32_t*>(xcb_get_property_value(reply.get()));
  return {values, values + xcb_get_property_value_length(reply.get()) / 4};
}

void XServer::flush() {
  xcb_flush(m_connection);
  // What came with a reply lies in xcb's queue: no descriptor will tell of it.
  QMetaObject::invokeMethod(
      this, [this] { takeEvents(); }, Qt::QueuedConnection);
}

void XServer::hangUp() {
  // The notifier goes later: it may be the one that is calling.
  if (m_readable != nullptr) {
    m_readable->setEnabled(false);
    m_readable->deleteLater();
    m_readable = nullptr;
  }
  if (m_connection != nullptr) xcb_disconnect(m_connection);
  m_connection = nullptr;
}

void XServer::takeEvents() {
  while (m_connection != nullptr) {
    const auto event = owned(xcb_poll_for_event(m_connection));
    if (!event) break;
    m_take(*event);
  }
  if (m_connection == nullptr || xcb_connection_has_error(m_connection) == 0) return;
  hangUp();
  emit lost();
}

}  // namespace hearth::gui
