// js-examples/web-react

import { walks } from "./pages.mjs";

walks("web-react");
