// Sends the file, and discards what it receives.

import { createReadStream, statSync } from "node:fs";
import { createServer } from "node:http";

const [, , path] = process.argv;
const ID = "6f1a5c4d-2d9a-4f12-a1c5-bc6e2bcb2d6a";
const { size } = statSync(path);

const server = createServer((request, response) => {
  let taken = 0;
  request.on("data", (chunk) => (taken += chunk.length));
  request.on("end", () => {
    // A shorter upload is incomplete.
    if (request.method === "POST" && taken < size)
      return response.writeHead(400).end();
    if (request.url.endsWith("/content")) {
      response.writeHead(200, {
        "content-type": "application/pdf",
        "content-length": size,
      });
      return createReadStream(path).pipe(response);
    }
    const created = request.method === "POST";
    response.writeHead(created ? 201 : 200, {
      "content-type": "application/json",
    });
    response.end(
      created ? '{"fileId":"f"}' : `{"id":"${ID}","status":"CREATED"}`,
    );
  });
});
server.listen(0, "127.0.0.1", () =>
  console.log(`http://127.0.0.1:${server.address().port}`),
);
