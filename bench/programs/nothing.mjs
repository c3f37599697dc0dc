// One call of fetch without a client, as the baseline.
await fetch("https://example.ch");
