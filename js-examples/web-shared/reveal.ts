// The preview shows the signature of the signer who is being entered.

/** Id of the element that shows the signature of a signer on a page. */
export function placeId(reference: string): string {
  return `${reference}-place`;
}

/** Scrolls the preview, but not the page, to the signature of a signer. */
export function revealSignature(reference: string | undefined): void {
  const place = document.getElementById(placeId(reference ?? ""));
  const sheets = place?.closest(".sheets");
  if (place == null || sheets == null) return;
  const { top } = sheets.getBoundingClientRect();
  const below = place.getBoundingClientRect().top - top;
  sheets.scrollTop += below - sheets.clientHeight / 2;
}
