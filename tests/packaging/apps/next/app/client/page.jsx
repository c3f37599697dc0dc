"use client";

import { useEffect } from "react";

import { all } from "../../all.mjs";

export default function Page() {
  useEffect(() => {
    all().then(
      (line) => (document.title = line),
      (error) => (document.title = `failed: ${error.stack}`),
    );
  }, []);
  return <p>in the browser</p>;
}
