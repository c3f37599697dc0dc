// Broken on purpose: the harness must see it.
document.title = typeof createClients;
