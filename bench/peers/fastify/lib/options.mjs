// Command line flags of the programs here: every flag takes one value.

import { parseArgs } from 'node:util';

export function readOptions(defaults) {
  const options = {};
  for (const [name, value] of Object.entries(defaults)) {
    options[name] = value === undefined ? { type: 'string' } : { type: 'string', default: String(value) };
  }
  const { values } = parseArgs({ options });
  for (const [name, value] of Object.entries(defaults)) {
    if (values[name] === undefined) {
      console.error(`--${name} is required`);
      process.exit(2);
    }
    if (typeof value === 'number') {
      const number = Number(values[name]);
      if (!Number.isInteger(number) || number < 0) {
        console.error(`--${name} must be a whole number, not "${values[name]}"`);
        process.exit(2);
      }
      values[name] = number;
    }
  }
  return values;
}
