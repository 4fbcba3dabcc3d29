/** A password that can be read out and typed: 16 letters and digits, 80 bits, none of them taken for another. */
const signs = 'abcdefghijkmnpqrstuvwxyz23456789'

export function generatePassword(): string {
  // 32 signs, so that each of them stands for as many bytes.
  const text = Array.from(crypto.getRandomValues(new Uint8Array(16)), byte => signs.charAt(byte % 32)).join(
    '',
  )
  return (text.match(/.{4}/g) ?? []).join('-')
}
