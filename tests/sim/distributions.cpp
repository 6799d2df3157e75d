// SPDX-License-Identifier: GPL-3.0-or-later
#include "sim/distributions.h"

#include <algorithm>
#include <cmath>

namespace hearth::sim {

RandomStream streamOf(std::uint64_t seed, std::uint64_t entity, std::uint64_t purpose) {
  RandomStream mixed(seed);
  mixed = RandomStream(mixed.next() ^ entity);
  mixed = RandomStream(mixed.next() ^ purpose);
  return RandomStream(mixed.next());
}

double positiveUnit(RandomStream& random) { return 1.0 - random.unit(); }

bool chance(RandomStream& random, double probability) { return random.unit() < probability; }

Duration between(RandomStream& random, Duration from, Duration to) {
  return {from.micros + static_cast<std::int64_t>(random.unit() * static_cast<double>((to - from).micros))};
}

double exponential(RandomStream& random, double mean) { return -mean * std::log(positiveUnit(random)); }

double normal(RandomStream& random) {  // Box and Muller, one of the two numbers
  const double radius = std::sqrt(-2.0 * std::log(positiveUnit(random)));
  return radius * std::cos(6.283185307179586 * random.unit());
}

double lognormal(RandomStream& random, double mu, double sigma) { return std::exp(mu + sigma * normal(random)); }

double weibull(RandomStream& random, double shape, double scale) {
  return scale * std::pow(-std::log(positiveUnit(random)), 1.0 / shape);
}

double gamma(RandomStream& random, double shape) {  // Marsaglia and Tsang, 2000
  if (shape < 1.0) {
    const double boost = std::pow(positiveUnit(random), 1.0 / shape);
    return boost * gamma(random, shape + 1.0);
  }
  const double d = shape - 1.0 / 3.0;
  const double c = 1.0 / std::sqrt(9.0 * d);
  while (true) {
    const double x = normal(random);
    const double root = 1.0 + c * x;
    if (root <= 0.0) continue;
    const double v = root * root * root;
    if (std::log(positiveUnit(random)) < 0.5 * x * x + d - d * v + d * std::log(v)) return d * v;
  }
}

double beta(RandomStream& random, double a, double b) {
  const double x = gamma(random, a);
  const double y = gamma(random, b);
  return x / (x + y);
}

double weibullResidual(RandomStream& random, double shape, double scale) {
  const double lengthBiased = scale * std::pow(gamma(random, 1.0 + 1.0 / shape), 1.0 / shape);
  return random.unit() * lengthBiased;
}

double lognormalResidual(RandomStream& random, double mu, double sigma) {
  const double lengthBiased = lognormal(random, mu + sigma * sigma, sigma);
  return random.unit() * lengthBiased;
}

Duration ofHours(double hours) {
  constexpr double kCentury = 24.0 * 365.0 * 100.0;
  const double micros = std::min(hours, kCentury) * 3'600e6;
  return {std::max(std::int64_t{1}, static_cast<std::int64_t>(micros))};
}

}  // namespace hearth::sim
