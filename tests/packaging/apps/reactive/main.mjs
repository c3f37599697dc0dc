// Processes and clients inside the containers of reactive frameworks, which use proxies.
import { reactive, ref } from "@vue/reactivity";
import { observable } from "mobx";
import { createClient } from "swisscom-sign";

const sign = await createClient({
  environment: { apiUrl: "https://api.example.com/system" },
  accessToken: () => "token",
});
const process = sign.processes.resume({
  version: 1,
  id: "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a",
  state: "PENDING",
});
const list = sign.processes.list();
const watch = sign.processes.watch();
const held = [
  reactive({ sign, process, list, watch }),
  ref({ sign, process, list, watch }).value,
  observable({ sign, process, list, watch }),
];
for (const { sign, process, list, watch } of held) {
  const { id } = sign.processes.resume(JSON.stringify(process));
  list.pages();
  console.log(id === process.id, process.state, watch.cursor.length > 0);
  await process.check("open", { personId: "anna" });
}
// A message to a worker takes the JSON: structured clones have no private state.
console.log(sign.processes.resume(structuredClone(process.toJSON())).state);
held[0].sign.free();
