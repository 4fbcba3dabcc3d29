/** Settings that are on or off, and `--hsts`, which is on with or without a number. In a variable or a file they have a value. */
import { InvalidArgumentError } from 'commander'

const words: Readonly<Record<string, boolean>> = {
  ...{ yes: true, true: true, on: true, 1: true },
  ...{ no: false, false: false, off: false, 0: false, '': false },
}

/** @throws InvalidArgumentError */
export function parseSwitch(text: string): boolean {
  const value = words[text.toLowerCase()]
  if (value === undefined) throw new InvalidArgumentError('Write yes or no.')
  return value
}

/** `true`: with the default; false: off. @throws InvalidArgumentError */
export function parseHstsSeconds(text: string): number | boolean {
  // A number of seconds first: `0` takes back what browsers were told before.
  if (/^\d{1,10}$/.test(text)) return Number(text)
  try {
    return parseSwitch(text)
  } catch {
    throw new InvalidArgumentError('Write seconds, for example 31536000; 0 takes back what was told before.')
  }
}
