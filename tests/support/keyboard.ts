/** A user who has a keyboard alone, and sees where they are. */
import type { Locator, Page } from 'playwright-core'
import { expect } from 'vitest'

type Role = Parameters<Page['getByRole']>[0]

/** More stops than any page has. */
const mostStops = 60
/** Pictures drawn until the focus must be seen. */
const mostLooks = 60

export class Keyboard {
  readonly #page: Page
  /** Stops at which nothing told the user that they are there. */
  readonly unseen: string[] = []

  constructor(page: Page) {
    this.#page = page
  }

  /** Goes on with Tab, or back with Shift+Tab, to the thing of this role and name. @throws where no stop is that */
  async to(role: Role, name: string | RegExp, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    await this.reach(
      this.#page.getByRole(role, typeof name === 'string' ? { name, exact: true } : { name }),
      key,
    )
  }

  async reach(thing: Locator, key: 'Tab' | 'Shift+Tab' = 'Tab'): Promise<void> {
    await thing.waitFor({ state: 'attached' })
    const stops: string[] = []
    for (let stop = 0; stop < mostStops; stop += 1) {
      await this.press(key)
      const name = await this.#look()
      stops.push(name)
      if (await isFocused(thing)) return
    }
    throw new Error(`${String(thing)} is no stop among:\n${stops.join('\n')}`)
  }

  /** From a list that opens: with the arrows to the option, and there Enter. */
  async choose(list: string, option: string): Promise<void> {
    const box = this.#page.getByRole('combobox', { name: list, exact: true })
    const wanted = this.#page.getByRole('option', { name: option, exact: true })
    if (!(await isFocused(box))) await this.reach(box)
    await this.press('Enter')
    await wanted.waitFor()
    // The list goes to its present choice in a timer of no delay: an arrow that comes before it marks one option, and Enter takes another.
    await this.#page.evaluate(() => new Promise(resolve => setTimeout(resolve)))
    const marked = this.#page.locator('[role=option][data-combobox-selected]')
    const markedNow = async () => ((await marked.count()) === 1 ? marked.first().textContent() : null)
    for (let step = 0; (await markedNow()) !== option; step += 1) {
      if (step === mostStops) throw new Error(`the arrows do not lead to ${option}`)
      await this.press('ArrowDown')
    }
    await this.press('Enter')
    await wanted.waitFor({ state: 'hidden' })
  }

  /** Some controls show a moment later that they have the focus. */
  async #look(): Promise<string> {
    for (let look = 0; ; look += 1) {
      const { name, isSeen } = await this.#page.evaluate(describeFocus)
      if (isSeen) return name
      if (look === mostLooks) {
        this.unseen.push(name)
        return name
      }
      await this.#page.evaluate(() => new Promise(requestAnimationFrame))
    }
  }

  async press(...keys: string[]): Promise<void> {
    for (const key of keys) await this.#page.keyboard.press(key)
  }

  async type(text: string): Promise<void> {
    await this.#page.keyboard.type(text)
  }

  /** The thing has the focus, or gets it. */
  async isAt(role: Role, name: string | RegExp): Promise<void> {
    await this.isOn(this.#page.getByRole(role, typeof name === 'string' ? { name, exact: true } : { name }))
  }

  /** The focus is somewhere in the thing, or gets there: a dialog takes it a moment after it is seen. */
  async isIn(thing: Locator): Promise<void> {
    await thing.waitFor()
    const hasFocus = () => thing.evaluate(element => element.contains(document.activeElement))
    await expect.poll(hasFocus, { timeout: 30_000, message: String(thing) }).toBe(true)
  }

  async isOn(thing: Locator): Promise<void> {
    await thing.waitFor({ state: 'attached' })
    await expect.poll(() => isFocused(thing), { timeout: 30_000, message: String(thing) }).toBe(true)
  }
}

function isFocused(thing: Locator): Promise<boolean> {
  return thing.evaluate(element => element === document.activeElement)
}

/** Runs in the page. What is drawn by a neighbour (a switch, a radio) or a frame has its outline there. */
function describeFocus(): { name: string; isSeen: boolean } {
  const element = document.activeElement
  if (element === null || element === document.body) return { name: 'nothing', isSeen: true }
  const label = element.getAttribute('aria-label') ?? element.textContent ?? ''
  const name = `${element.tagName.toLowerCase()} "${label.slice(0, 60)}" ${element.id}`
  const isOutlined = (one: Element | null) => {
    if (one === null) return false
    const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(one)
    const isThere = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 1
    return isThere && outlineColor !== 'rgba(0, 0, 0, 0)'
  }
  const frame = element.closest('.cm-editor, .mantine-PasswordInput-input')
  const places = [element, element.nextElementSibling, frame]
  return { name, isSeen: places.some(isOutlined) }
}
