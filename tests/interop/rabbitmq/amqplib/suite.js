// The suite of amqplib: what applications do with it, a check each.
//
// `node suite.js URL [CHECK...]` prints `client NAME VERSION`, then one line a check: `ok CHECK` or
// `not ok CHECK: reason`. A check that wants the broker restarted prints `restart` and goes on when
// a line comes in. The exit code says whether all went well.
"use strict";

const path = require("node:path");
const { Broker } = require("./broker");

const parts = ["routing", "consuming", "confirming", "dead_lettering", "refusing", "connecting"];

async function main() {
  const [url, ...names] = process.argv.slice(2);
  const checks = parts.flatMap((part) => Object.entries(require(`./${part}`)));
  console.log(`client amqplib ${version()}`);
  let allWell = true;
  for (const [name, check] of checks) {
    if (names.length === 0 || names.includes(name)) {
      allWell = (await isWell(name, check, url)) && allWell;
    }
  }
  process.exit(allWell ? 0 : 1);
}

async function isWell(name, check, url) {
  const broker = new Broker(url);
  try {
    await check(broker);
    console.log(`ok ${name}`);
    return true;
  } catch (failure) {
    console.log(`not ok ${name}: ${String(failure).replaceAll("\n", " ")}`);
    console.error(failure);
    return false;
  } finally {
    await broker.close();
  }
}

// What the package says of itself; its exports hide the file from `require`.
function version() {
  const entry = require.resolve("amqplib");
  return require(path.join(path.dirname(entry), "package.json")).version;
}

main();
