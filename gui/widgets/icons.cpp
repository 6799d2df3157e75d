// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/icons.h"

#include <QFile>
#include <QPainter>
#include <QSvgRenderer>

#include "base/check.h"

/// A static library's resources are only there once somebody asks for them; not from inside a namespace.
static void loadPictures() { Q_INIT_RESOURCE(widgets); }

namespace hearth::gui {
namespace {

QByteArray drawing(const QString& name) {
  loadPictures();
  QFile file(":/hearth/icons/" + name + ".svg");
  HEARTH_CHECK(file.open(QFile::ReadOnly), "a picture is among our resources");
  return file.readAll();
}

QPixmap drawn(const QByteArray& svg, int size) {
  QPixmap pixmap(size, size);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  QSvgRenderer(svg).render(&painter);
  return pixmap;
}

QByteArray coloured(QByteArray svg, const QColor& colour) { return svg.replace("#000", colour.name().toUtf8()); }

}  // namespace

QPixmap picturePixmap(const QString& name, int size) { return drawn(drawing(name), size); }

QIcon picture(const QString& name) {
  const QByteArray svg = drawing(name);
  QIcon icon;
  for (const int size : {16, 22, 24, 32, 48, 64, 96, 128}) icon.addPixmap(drawn(svg, size));
  return icon;
}

QIcon sign(const QString& name, const QPalette& palette) {
  const QByteArray svg = drawing(name);
  QIcon icon;
  for (const int size : {16, 24, 32, 48}) {
    icon.addPixmap(drawn(coloured(svg, palette.color(QPalette::Active, QPalette::ButtonText)), size));
    icon.addPixmap(drawn(coloured(svg, palette.color(QPalette::Disabled, QPalette::ButtonText)), size),
                   QIcon::Disabled);
  }
  return icon;
}

}  // namespace hearth::gui
