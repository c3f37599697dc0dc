// The texts of the page in the chosen language.

import { createContext, useContext } from "react";

import { textsIn, type Texts } from "../../web-shared/texts.js";

export const TextsContext = createContext<Texts>(textsIn("en-GB"));

export const useTexts = (): Texts => useContext(TextsContext);
