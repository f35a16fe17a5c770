// Plain CommonJS: it has to run on the Node that is too old.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `Tollgate needs Node 24; this is ${process.version}. For Linux on x64 and arm64 it comes with the dependencies; ` +
      `for ${process.platform}-${process.arch} install Node 24 or newer, and run this again.`,
  );
  process.exit(1);
}
