// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "server/api/routes.h"

namespace hearth::server {

// The parts of the API by which people are known. Each adds its routes; handlers keep a reference to the context.
void addSessionRoutes(Routes& routes, ApiContext& context);
void addSignUpRoutes(Routes& routes, ApiContext& context);
void addPasswordRoutes(Routes& routes, ApiContext& context);
void addSecondStepRoutes(Routes& routes, ApiContext& context);
void addIdentityLinkRoutes(Routes& routes, ApiContext& context);
void addAccountEndRoutes(Routes& routes, ApiContext& context);
void addRoleRoutes(Routes& routes, ApiContext& context);

}  // namespace hearth::server
