// Node itself, and one call of fetch: the floor of the others.
await fetch("https://example.ch");
