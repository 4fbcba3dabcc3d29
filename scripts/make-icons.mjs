// All icons from build/icon.svg: the app's (electron-builder makes .ico and .icns of it) and the tray's four states. `--check` only compares.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { Resvg } from '@resvg/resvg-js'

const svg = readFileSync('build/icon.svg', 'utf8')
const states = ['connected', 'connecting', 'attention', 'off']

/** The picture of one group, as PNG. macOS colours a template by itself: it is black, with transparency. */
function render(group, size, { isTemplate = false } = {}) {
  let text = svg.replace(/<g id="app">/, '<g id="app" display="none">')
  text = text.replace(new RegExp(`<g id="${group}" display="none"`), `<g id="${group}"`)
  if (isTemplate) {
    const [before, picture, after] = text.split(new RegExp(`(<g id="${group}"[\\s\\S]*?</g>)`))
    text = before + picture.replace(/#[0-9a-f]{6}/g, '#000000') + after
  }
  return new Resvg(text, { fitTo: { mode: 'width', value: size } }).render().asPng()
}

const pictures = new Map([['build/icon.png', render('app', 1024)]])
for (const state of states) {
  for (const [suffix, size] of [
    ['', 16],
    ['@2x', 32],
  ]) {
    pictures.set(`build/tray/${state}${suffix}.png`, render(state, size))
    pictures.set(`build/tray/${state}Template${suffix}.png`, render(state, size, { isTemplate: true }))
  }
}

const stale = [...pictures].filter(
  ([file, png]) => !existsSync(file) || !readFileSync(file).equals(Buffer.from(png)),
)
if (process.argv.includes('--check')) {
  for (const [file] of stale) console.log(`${file} does not show what build/icon.svg says: npm run icons`)
  process.exit(stale.length === 0 ? 0 : 1)
}
mkdirSync('build/tray', { recursive: true })
for (const [file, png] of stale) writeFileSync(file, png)
