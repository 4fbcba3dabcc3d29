/** `--public-url`: the origin under which visitors reach the gateway. */
import { InvalidArgumentError } from 'commander'

/** @returns the origin, without a slash at its end
 *  @throws InvalidArgumentError where it is no plain http or https origin */
export function parsePublicUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isOrigin =
    url !== undefined &&
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    url.pathname === '/' &&
    url.search === '' &&
    url.hash === ''
  if (!isOrigin) {
    throw new InvalidArgumentError(
      'Write the address that visitors use, without a path: https://gateway.example or http://gateway.example:8080.',
    )
  }
  return url.origin
}
