// Entry point: loads the configuration and renders the page.

import { createRoot } from "react-dom/client";

import { readConfig } from "../../web-shared/config.js";
import { preferredLanguage, textsIn } from "../../web-shared/texts.js";
import { App } from "./App.js";
import { Failure } from "./Failure.js";
import { connect, SignProvider } from "./hooks.js";
import { TextsContext } from "./texts-context.js";

const root = createRoot(document.getElementById("app") as HTMLElement);

async function start(): Promise<void> {
  try {
    const session = await connect(await readConfig());
    root.render(
      <SignProvider session={session}>
        <App />
      </SignProvider>,
    );
  } catch (error) {
    console.error(error);
    const t = textsIn(preferredLanguage());
    document.title = t("title");
    document.documentElement.lang = t.language;
    root.render(
      <TextsContext value={t}>
        <main id="main">
          <h1>{t("title")}</h1>
          <Failure error={error} retry={() => void start()} />
        </main>
      </TextsContext>,
    );
  }
}

await start();
