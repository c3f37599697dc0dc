const { all } = require("./all.cjs");

all().then((line) => console.log(line));
