// Entry point: loads the configuration and renders the page.

import { createRoot } from "react-dom/client";

import { readConfig } from "../../web-shared/config.js";
import { App } from "./App.js";
import { connect, SignProvider } from "./hooks.js";

const session = await connect(await readConfig());

createRoot(document.getElementById("app") as HTMLElement).render(
  <SignProvider session={session}>
    <App />
  </SignProvider>,
);
