import OpenAI from "openai";

const openai = new OpenAI({ apiKey: "token" });
await openai.responses.create({ model: "m", input: "Offer" });
