/** The recipes of `docs/operations`: what a page tells an administrator to write, with a test's own places in it. */
import { readFileSync } from 'node:fs'

export interface Recipe {
  /** The configuration of the program in front, as the page has it. */
  readonly configuration: string
  /** What the page gives `tildegate gateway`. */
  readonly gatewayArgs: string
}

/** What stands in fences on a page of `docs/operations`. */
export function blocksOf(page: string): string[] {
  const text = readFileSync(new URL(`../../docs/operations/${page}`, import.meta.url), 'utf8')
  return [...text.matchAll(/^```\w*\n(.*?)^```$/gms)].map(match => match[1] ?? '')
}

export function readRecipe(page: string): Recipe {
  const [configuration, command, ...others] = blocksOf(page)
  if (configuration === undefined || !command?.startsWith('tildegate gateway ') || others.length > 0)
    throw new Error(`${page} is not one configuration and one tildegate gateway`)
  return { configuration, gatewayArgs: command.slice('tildegate gateway '.length).replaceAll('\\\n', ' ') }
}

/** Puts real places in the stead of the page's, in this order; each has to be on the page. */
export function fillIn(text: string, places: readonly (readonly [string, string])[]): string {
  return places.reduce((filled, [named, real]) => {
    if (!filled.includes(named)) throw new Error(`the page does not name ${named}`)
    return filled.replaceAll(named, real)
  }, text)
}
