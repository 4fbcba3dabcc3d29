import {
  closeSync,
  mkdtempSync,
  openSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, test } from 'vitest'
import { StableFile } from '../../../net/stable-file.ts'
import { systemClock } from '../../../net/world.ts'

const quietMs = 80
const unfinishedMs = 400
const good = '/~~a=1#:*;\n/~~b=2#:*;\n'
const opened: { file: StableFile; folder: string }[] = []

async function watched(content = good) {
  const folder = mkdtempSync(join(tmpdir(), 'tildegate-'))
  const path = join(folder, 'balance.bin')
  writeFileSync(path, content)
  const told: (string | undefined)[] = []
  let wake: () => void = () => {}
  const file = new StableFile({
    file: path,
    clock: systemClock,
    quietMs,
    unfinishedMs,
    maxBytes: 1000,
    changed: bytes => {
      told.push(bytes === undefined ? undefined : new TextDecoder().decode(bytes))
      wake()
    },
  })
  opened.push({ file, folder })
  await file.readFirst()
  await file.watch()
  /** Resolves once so many changes have been told. */
  const count = async (wanted: number) => {
    while (told.length < wanted) {
      await new Promise<void>(resolve => {
        wake = resolve
      })
    }
  }
  return { path, folder, told, count, file }
}

afterEach(async () => {
  for (const { file, folder } of opened.splice(0)) {
    await file.close()
    rmSync(folder, { recursive: true })
  }
})

describe('a watched file', () => {
  test('a change is told once, whole', async () => {
    const { path, told, count, file } = await watched()
    writeFileSync(path, `${good}/~~c=3#:*;\n`)
    await count(1)
    await file.look()
    expect(told).toEqual([`${good}/~~c=3#:*;\n`])
  })

  test('a file renamed into its place is told, and so is the next one', async () => {
    const { path, folder, told, count } = await watched()
    for (const text of ['/~~n=1#:*;\n', '/~~n=2#:*;\n']) {
      writeFileSync(join(folder, 'new'), text)
      renameSync(join(folder, 'new'), path)
      await count(told.length + 1)
    }
    expect(told).toEqual(['/~~n=1#:*;\n', '/~~n=2#:*;\n'])
  })

  test('a writer that truncates first and writes later is told only with its text', async () => {
    const { path, told, count } = await watched()
    truncateSync(path)
    await pause(quietMs * 2)
    writeFileSync(path, 'all of it')
    await count(1)
    expect(told).toEqual(['all of it'])
  })

  test('a writer that writes the beginning again and pauses is told only with the whole', async () => {
    const { path, told, count } = await watched()
    writeFileSync(path, good.slice(0, 11))
    await pause(quietMs * 2)
    writeFileSync(path, `${good}more`)
    await count(1)
    expect(told).toEqual([`${good}more`])
  })

  test('a writer in many small pieces is told once', async () => {
    const { path, told, count, file } = await watched()
    const text = 'x'.repeat(10) + good
    const handle = openSync(path, 'w')
    for (const byte of text) {
      writeSync(handle, byte)
      await pause(5)
    }
    closeSync(handle)
    await count(1)
    await file.look()
    expect(told).toEqual([text])
  })

  test.each([
    ['half of another text', '/~~new=1#:*;\n', '/~~new=1#:*;\n/~~more=2#:*;\n/~~last=3#:*;\n'],
    ['a text that ends within a line', `${good}/~~last=3#`, `${good}/~~last=3#:*;\n`],
  ])('a writer that writes %s and pauses is told only with the whole', async (_, half, whole) => {
    const { path, told, count } = await watched()
    writeFileSync(path, half)
    await pause(quietMs * 2)
    writeFileSync(path, whole)
    await count(1)
    expect(told).toEqual([whole])
  })

  test('who says that the writer is done is believed, but not of an empty file', async () => {
    const { path, told, file } = await watched()
    const begin = performance.now()
    writeFileSync(path, '/~~a=1#:*;')
    await file.lookAtOnce()
    expect(told).toEqual(['/~~a=1#:*;'])
    expect(performance.now() - begin).toBeLessThan(unfinishedMs)
    truncateSync(path)
    await pause(quietMs / 2)
    void file.lookAtOnce()
    writeFileSync(path, good)
    await file.look()
    expect(told).toEqual(['/~~a=1#:*;', good])
  })

  test('a file that stays empty is believed after the longer time', async () => {
    const { path, told, count } = await watched()
    const begin = performance.now()
    truncateSync(path)
    await count(1)
    expect(told).toEqual([''])
    expect(performance.now() - begin).toBeGreaterThanOrEqual(unfinishedMs)
  })

  test('a file that is gone is told as gone, and told again when it is back', async () => {
    const { path, told, count } = await watched()
    rmSync(path)
    await count(1)
    expect(told).toEqual([undefined])
    writeFileSync(path, good)
    await count(2)
    expect(told).toEqual([undefined, good])
  })

  test('a file that was touched but not changed is not told', async () => {
    const { path, told, file } = await watched()
    writeFileSync(path, good)
    await file.look()
    expect(told).toEqual([])
  })

  test('a file that became too large counts as unreadable', async () => {
    const { path, told, count } = await watched()
    writeFileSync(path, 'x'.repeat(1001))
    await count(1)
    expect(told).toEqual([undefined])
  })

  test('reading the first time says what is wrong', async () => {
    const file = new StableFile({
      file: join(tmpdir(), 'tildegate-no-such-file'),
      clock: systemClock,
      quietMs,
      unfinishedMs,
      maxBytes: 1000,
      changed: () => {},
    })
    await expect(file.readFirst()).rejects.toMatchObject({ code: 'ENOENT' })
  })

  test('closing ends the wait of those who asked for a look', async () => {
    const { file, path } = await watched()
    truncateSync(path)
    const look = file.look()
    await file.close()
    await look
  })
})
