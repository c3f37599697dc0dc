import { defineConfig } from "vite";

import { settings } from "../web-shared/vite.js";

export default defineConfig(settings());
