// Compiles the Solidity source on stdin and prints, for each contract, its storage layout and its
// ABI as JSON. Warnings are errors: a twin that the compiler doubts proves nothing.
"use strict";

const { readFileSync } = require("node:fs");
const solc = require("solc");

const input = {
  language: "Solidity",
  sources: { "input.sol": { content: readFileSync(0, "utf8") } },
  settings: { outputSelection: { "*": { "*": ["storageLayout", "abi"] } } },
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
if (output.errors) {
  process.stderr.write(output.errors.map((error) => error.formattedMessage).join("\n"));
  process.exit(1);
}
process.stdout.write(JSON.stringify(output.contracts["input.sol"]));
