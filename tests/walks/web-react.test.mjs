// js-examples/web-react. What is of the platform's pages or of the SDK alone is walked with the other
// example.

import { walks } from "./pages.mjs";

walks("web-react", [
  "a wrong code, and a one-time code that has expired",
  "ten seconds offline",
]);
