// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "base/random.h"
#include "base/time.h"

/// Random numbers of the published laws, from a RandomStream. The standard library's own distributions differ between
/// libraries; these use nothing but +, -, *, /, sqrt and the C library's exp, log, pow and cos, so that a run repeats
/// on every compiler of one machine.
namespace hearth::sim {

/// One of the many streams of a run: (seed, who, what for) name it. Equal names give equal numbers, whatever else is
/// drawn in between.
RandomStream streamOf(std::uint64_t seed, std::uint64_t entity, std::uint64_t purpose);

/// Uniform in (0, 1]: its logarithm is finite.
double positiveUnit(RandomStream& random);
bool chance(RandomStream& random, double probability);
/// Uniform in [from, to).
Duration between(RandomStream& random, Duration from, Duration to);

double exponential(RandomStream& random, double mean);
double normal(RandomStream& random);  ///< mean 0, deviation 1
double lognormal(RandomStream& random, double mu, double sigma);
double weibull(RandomStream& random, double shape, double scale);
double gamma(RandomStream& random, double shape);  ///< scale 1
double beta(RandomStream& random, double a, double b);

/// What is left of an interval of the Weibull or lognormal law when one looks at a random moment: a uniform part of a
/// length-biased interval (renewal theory), so that a population starts in its stationary state.
double weibullResidual(RandomStream& random, double shape, double scale);
double lognormalResidual(RandomStream& random, double mu, double sigma);

/// At least a microsecond and at most a century.
Duration ofHours(double hours);

}  // namespace hearth::sim
