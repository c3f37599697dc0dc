import { all } from "./all.mjs";

all().then((line) => console.log(line));
