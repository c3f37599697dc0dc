// The texts of the page, in the language that the user chose.

import { createContext, useContext } from "react";

import { textsIn, type Texts } from "../../web-shared/texts.js";

export const TextsContext = createContext<Texts>(textsIn("en-GB"));

/** The texts in the language that was chosen. */
export const useTexts = (): Texts => useContext(TextsContext);
