/** Where the window stood last: taken only if it still makes sense on the screens that there are now. Pure. */
import * as v from 'valibot'

export interface Rectangle {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

const whole = v.pipe(v.number(), v.integer())
const windowState = v.object({
  bounds: v.object({ x: whole, y: whole, width: whole, height: whole }),
  isMaximized: v.boolean(),
})
export type WindowState = v.InferOutput<typeof windowState>

export const smallest = { width: 480, height: 420 } as const
export const usual = { width: 860, height: 650 } as const

/** The text of the file; undefined where it is none of ours or torn. */
export function parseWindowState(text: string): WindowState | undefined {
  const parsed = v.safeParse(v.pipe(v.string(), v.parseJson(), windowState), text)
  return parsed.success ? parsed.output : undefined
}

/** How much of the title bar must be on a screen for the window to be caught with the mouse. */
const graspable = { width: 100, height: 30 }

/** @returns undefined where it would stand off all screens or is too small to use: then the usual place is better */
export function boundsOn(areas: readonly Rectangle[], { bounds }: WindowState): Rectangle | undefined {
  if (bounds.width < smallest.width || bounds.height < smallest.height) return undefined
  const bar = { ...bounds, height: graspable.height }
  const isOnScreen = areas.some(area => {
    const width = Math.min(bar.x + bar.width, area.x + area.width) - Math.max(bar.x, area.x)
    const height = Math.min(bar.y + bar.height, area.y + area.height) - Math.max(bar.y, area.y)
    return width >= graspable.width && height >= graspable.height
  })
  return isOnScreen ? bounds : undefined
}
