// Searches the sections of all pages: those that have every word, the ones in whose heading it
// stands first.

const form = document.getElementById("search");
const query = document.getElementById("query");
const found = document.getElementById("found");
form.hidden = false;

const sections = globalThis.searchIndex.map(([address, page, name, text]) => ({
  address,
  page,
  name,
  heading: `${page} ${name}`.toLowerCase(),
  text: text.toLowerCase(),
}));

function search() {
  const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return found.replaceChildren();
  const fits = sections
    .filter((section) =>
      words.every(
        (word) => section.heading.includes(word) || section.text.includes(word),
      ),
    )
    .map((section) => ({
      ...section,
      weight: words.filter((word) => section.heading.includes(word)).length,
    }))
    .sort((one, other) => other.weight - one.weight)
    .slice(0, 12);
  if (fits.length === 0) {
    const nothing = document.createElement("p");
    nothing.textContent = "Nothing found.";
    return found.replaceChildren(nothing);
  }
  const list = document.createElement("ul");
  for (const { address, page, name } of fits) {
    const link = document.createElement("a");
    link.href = address;
    link.textContent = name === page ? page : `${page}: ${name}`;
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
  }
  found.replaceChildren(list);
}

query.addEventListener("input", search);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  found.querySelector("a")?.focus();
});
