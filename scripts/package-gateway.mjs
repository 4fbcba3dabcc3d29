// The whole command line `tildegate` as one executable that needs no Node: `npm run package:gateway [FOLDER]`, by default into dist/single.
// Made for the system and the processor it runs on, around the Node that runs it. See docs/decisions/0015-single-file.md.
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import postject from 'postject'
import { build } from 'rolldown'

const root = fileURLToPath(new URL('..', import.meta.url))
const output = resolve(process.argv[2] ?? join(root, 'dist/single'))
const work = join(output, 'work')
const program = join(output, process.platform === 'win32' ? 'tildegate.exe' : 'tildegate')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

/** One CommonJS file, for that is what Node 24 starts from. @returns the folders of the packages in it */
async function bundle(input, name) {
  const { output: chunks } = await build({
    input: join(root, input),
    platform: 'node',
    // Both are asked for and done without: native code that makes WebSockets a little faster. keytar is an asset.
    external: [/^node:/, 'keytar', 'bufferutil', 'utf-8-validate'],
    output: { file: join(work, name), format: 'cjs', codeSplitting: false },
    logLevel: 'warn',
  })
  const folders = chunks.flatMap(chunk => Object.keys(chunk.modules ?? {})).map(packageFolder)
  return folders.filter(folder => folder !== undefined)
}

function packageFolder(module) {
  return /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(module)?.[0]
}

/** The terms of all that is in the file. A package without any is a reason not to make it. */
function licensesOf(folders) {
  const sections = [...new Set(folders)].toSorted().map(folder => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const texts = readdirSync(folder)
      .filter(file => /^(?:licen[cs]e|copying|notice)/i.test(file))
      .map(file => readFileSync(join(folder, file), 'utf8').trim())
    if (texts.length === 0 && license === undefined) throw new Error(`${name} says nothing of its licence.`)
    return [`${name} ${version} (${license})`, ...texts].join('\n\n')
  })
  const own = `tildegate ${version}\n\n${readFileSync(join(root, 'LICENSE'), 'utf8').trim()}`
  const node = `Node.js ${process.version}\n\n${readFileSync(join(root, 'build/licenses/node.txt'), 'utf8').trim()}`
  return `${[own, node, ...sections].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}

function keytarFile() {
  const system =
    process.platform === 'linux' && !process.report.getReport().header.glibcVersionRuntime
      ? 'linuxmusl'
      : process.platform
  return join(root, 'node_modules/keytar/prebuilds', `${system}-${process.arch}`, 'keytar.node')
}

/** Every file below a folder, as assets below a name. */
function folderAs(name, path) {
  const folder = join(root, path)
  if (!existsSync(folder)) return {}
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
  return Object.fromEntries(
    files.map(file => [`${name}/${relative(folder, file).replaceAll('\\', '/')}`, file]),
  )
}

rmSync(work, { recursive: true, force: true })
mkdirSync(work, { recursive: true })
const main = await bundle('cli/packaged.ts', 'tildegate.cjs')
const worker = await bundle('net/system-proxy/pac/pac-worker.ts', 'pac-worker.cjs')
const keytar = keytarFile()
const licenses = join(output, 'tildegate-licenses.txt')
writeFileSync(licenses, licensesOf([...main, ...worker, dirname(dirname(dirname(keytar)))]))
writeFileSync(join(work, 'version'), version)

const assets = {
  version: join(work, 'version'),
  licenses,
  'pac-worker.cjs': join(work, 'pac-worker.cjs'),
  'quickjs.wasm': join(root, 'node_modules/quickjs-wasi/quickjs.wasm'),
  'keytar.node': keytar,
  ...folderAs('sites', 'agent/sites/assets'),
  ...folderAs('dashboard', 'dist/dashboard'),
}
const settings = {
  main: join(work, 'tildegate.cjs'),
  output: join(work, 'program.blob'),
  disableExperimentalSEAWarning: true,
  useCodeCache: true,
  assets,
}
writeFileSync(join(work, 'sea.json'), JSON.stringify(settings))
execFileSync(process.execPath, ['--experimental-sea-config', join(work, 'sea.json')], { stdio: 'inherit' })

const isMac = process.platform === 'darwin'
rmSync(program, { force: true })
copyFileSync(process.execPath, program)
chmodSync(program, 0o755)
if (isMac) execFileSync('codesign', ['--remove-signature', program])
await postject.inject(program, 'NODE_SEA_BLOB', readFileSync(join(work, 'program.blob')), {
  sentinelFuse: 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2',
  ...(isMac ? { machoSegmentName: 'NODE_SEA' } : {}),
})
// macOS starts no unsigned program; whoever publishes it signs it anew.
if (isMac) execFileSync('codesign', ['--sign', '-', program])
rmSync(work, { recursive: true, force: true })
console.log(program)
