/* Makes the component: `node componentize.js WIT OUTPUT`. */
import { writeFile } from 'node:fs/promises';
import { componentize } from '@bytecodealliance/componentize-js';

const [wit, output] = process.argv.slice(2);
const { component } = await componentize({
  sourcePath: 'json_filter.js',
  witPath: wit,
  worldName: 'filter-plugin',
  // Without WASI: no clock, no entropy, no files, no network, and the broker has to grant nothing.
  disableFeatures: ['random', 'stdio', 'clocks', 'http', 'fetch-event'],
});
await writeFile(output, component);
