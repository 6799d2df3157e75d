// SPDX-License-Identifier: GPL-3.0-or-later
import { keepFigures } from "../figures.js";

keepFigures(document.querySelector("[data-live]"));
