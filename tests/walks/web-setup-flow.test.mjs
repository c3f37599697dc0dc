// js-examples/web-setup-flow

import { walks } from "./pages.mjs";

walks("web-setup-flow");
