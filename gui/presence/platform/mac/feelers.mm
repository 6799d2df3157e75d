// SPDX-License-Identifier: GPL-3.0-or-later
#include "presence/feelers.h"

#include <memory>

#import <AppKit/AppKit.h>
#include <ApplicationServices/ApplicationServices.h>
#include <QTimer>

namespace hearth::gui {
namespace {

/// macOS tells of other programs' keys only those whom the owner gave leave to watch everything; how long there was no
/// input anybody may ask. So while the owner is idle it is asked for, and while they are active a timer waits.
class MacInput : public InputSource {
 public:
  MacInput() : InputSource(Precision::kAtOnce) {
    m_timer.setSingleShot(true);
    QObject::connect(&m_timer, &QTimer::timeout, this, [this] { look(); });
  }

  QString name() const override { return QStringLiteral("macos"); }
  void probe() override { setUsable(true); }
  void watch(std::chrono::milliseconds idleAfter) override {
    m_idleAfter = idleAfter;
    m_idle = false;
    look();
  }
  void rest() override { m_timer.stop(); }

 private:
  void look() {
    constexpr auto kEvery = std::chrono::milliseconds(100);
    const double seconds = CGEventSourceSecondsSinceLastEventType(kCGEventSourceStateHIDSystemState, kCGAnyInputEventType);
    const auto lasting = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
    if (lasting >= m_idleAfter) {
      m_timer.setTimerType(Qt::CoarseTimer);
      m_timer.start(kEvery);
      if (!m_idle) emit idle(lasting);
      m_idle = true;
    } else {
      m_timer.start(m_idleAfter - lasting);
      m_idle = false;
      emit active();
    }
  }

  QTimer m_timer;
  std::chrono::milliseconds m_idleAfter{};
  bool m_idle = false;
};

/// A window of the program in front, on the normal layer or above, that covers a whole screen.
bool fillsScreen() {
  NSRunningApplication* front = NSWorkspace.sharedWorkspace.frontmostApplication;
  if (front == nil) return false;
  NSArray* windows = CFBridgingRelease(CGWindowListCopyWindowInfo(
      kCGWindowListOptionOnScreenOnly | kCGWindowListExcludeDesktopElements, kCGNullWindowID));
  for (NSDictionary* window in windows) {
    if ([window[(__bridge id)kCGWindowOwnerPID] intValue] != front.processIdentifier) continue;
    CGRect bounds;
    if (!CGRectMakeWithDictionaryRepresentation((__bridge CFDictionaryRef)window[(__bridge id)kCGWindowBounds], &bounds)) continue;
    for (NSScreen* screen in NSScreen.screens) {
      if (CGSizeEqualToSize(bounds.size, screen.frame.size)) return true;
    }
  }
  return false;
}

/// Looked at when another program comes to the front or another space is shown, as full screen is one.
class MacScreen : public FlagSource {
 public:
  ~MacScreen() override {
    for (id observer in m_observers) [NSWorkspace.sharedWorkspace.notificationCenter removeObserver:observer];
  }
  void watch() override {
    m_observers = [NSMutableArray array];
    for (NSNotificationName name in @[
           NSWorkspaceDidActivateApplicationNotification, NSWorkspaceActiveSpaceDidChangeNotification
         ]) {
      [m_observers addObject:[NSWorkspace.sharedWorkspace.notificationCenter
                                 addObserverForName:name
                                             object:nil
                                              queue:NSOperationQueue.mainQueue
                                         usingBlock:^(NSNotification*) {
                                           put(fillsScreen());
                                         }]];
    }
    put(fillsScreen());
  }

 private:
  NSMutableArray* m_observers = nil;
};

}  // namespace

Feelers systemFeelers() {
  Feelers feelers;
  feelers.input.push_back(std::make_unique<MacInput>());
  feelers.fullScreen = std::make_unique<MacScreen>();
  return feelers;
}

}  // namespace hearth::gui
