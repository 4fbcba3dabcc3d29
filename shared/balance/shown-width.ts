/**
 * How many columns of a terminal a text takes, so that a caret stands under its spot: wide characters of East
 * Asia and emoji take two, combining ones none (after Unicode's UAX #11; no terminal agrees with every other).
 */
const none = /\p{Mn}|\p{Me}/u
const two =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{17000}-\u{18cff}\u{1b000}-\u{1b2ff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

export function shownWidth(text: string): number {
  let columns = 0
  for (const character of text) columns += none.test(character) ? 0 : two.test(character) ? 2 : 1
  return columns
}
