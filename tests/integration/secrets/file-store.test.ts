/** The file store: what it keeps, what it shows on the disk, and what it says when its files are not as they were. */
import { chmodSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { openSecretStore, proxyAccount, type SecretStore, tunnelAccount } from '../../../agent/index.ts'
import { systemClock, systemRandom } from '../../../net/world.ts'
import { Secret } from '../../../shared/secret.ts'
import { temporaryFolder } from '../../support/files.ts'

const home = tunnelAccount({ name: 'homePC', gateway: { host: '2001:db8::1', port: 443 } })
const proxy = proxyAccount('192.168.10.11:808', { scheme: 'basic', user: 'jürgen' })

function scene() {
  const folder = temporaryFolder()
  const open = (): SecretStore =>
    openSecretStore({
      kind: 'file',
      environment: { XDG_DATA_HOME: folder, HOME: folder, LOCALAPPDATA: folder },
      clock: systemClock,
      random: systemRandom,
    })
  const paths = () =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
  const fileOf = (part: string) => paths().find(path => path.includes(part)) ?? ''
  return { open, paths, fileOf }
}

const textOf = (secret: Secret | undefined) => secret?.use(bytes => Buffer.from(bytes).toString('utf8'))

describe('the file store', () => {
  it('gives back what was stored, to another program too, until it is deleted', async () => {
    const { open } = scene()
    expect(await open().list()).toEqual([])
    expect(await open().get(home)).toBeUndefined()
    await open().set(home, Secret.fromText('first'))
    await open().set(home, Secret.fromText('pässwörd 🔑'))
    await open().set(proxy, Secret.fromText('third'))
    expect(textOf(await open().get(home))).toBe('pässwörd 🔑')
    expect(await open().list()).toEqual([proxy, home])
    expect(await open().delete(home)).toBe(true)
    expect(await open().delete(home)).toBe(false)
    expect(await open().get(home)).toBeUndefined()
    expect(textOf(await open().get(proxy))).toBe('third')
  })

  it('shows no secret on the disk, and nothing to others', async () => {
    const { open, paths } = scene()
    await open().set(home, Secret.fromText('SECRETvalue'))
    expect(paths()).toHaveLength(2)
    for (const path of paths()) {
      expect(readFileSync(path, 'latin1')).not.toMatch(/SECRETvalue|U0VDUkVUdmFsdW/)
      if (process.platform !== 'win32') expect(statSync(path).mode & 0o777).toBe(0o600)
    }
  })

  it('seals the same secret differently each time', async () => {
    const { open, fileOf } = scene()
    await open().set(home, Secret.fromText('same'))
    const before = readFileSync(fileOf('sealed'), 'utf8')
    await open().set(home, Secret.fromText('same'))
    expect(readFileSync(fileOf('sealed'), 'utf8')).not.toBe(before)
  })

  it('is filled by many programs at once without a loss', async () => {
    const { open } = scene()
    const accounts = Array.from({ length: 30 }, (_, i) =>
      tunnelAccount({ name: `t${i}`, gateway: { host: 'g', port: 1 } }),
    )
    await Promise.all(accounts.map((account, i) => open().set(account, Secret.fromText(`pw${i}`))))
    const texts = await Promise.all(accounts.map(async account => textOf(await open().get(account))))
    expect(texts).toEqual(accounts.map((_, i) => `pw${i}`))
    expect(await open().list()).toHaveLength(30)
  })

  it('does not open a file that was put in the place of another, or changed', async () => {
    const { open, fileOf } = scene()
    await open().set(home, Secret.fromText('of the tunnel'))
    const ofTunnel = fileOf('sealed')
    const text = readFileSync(ofTunnel, 'utf8')
    const sealed: string = JSON.parse(text).sealed
    await open().delete(home)
    await open().set(proxy, Secret.fromText('of the proxy'))
    const ofProxy = fileOf('sealed')
    writeFileSync(ofProxy, JSON.stringify({ account: proxy, sealed }))
    await expect(open().get(proxy)).rejects.toMatchObject({ code: 'secret-store-damaged' })
    for (let at = 0; at < sealed.length - 2; at += 3) {
      const other = sealed[at] === 'A' ? 'B' : 'A'
      const changed = `${sealed.slice(0, at)}${other}${sealed.slice(at + 1)}`
      writeFileSync(ofTunnel, JSON.stringify({ account: home, sealed: changed }))
      await expect(open().get(home)).rejects.toMatchObject({ code: 'secret-store-damaged' })
    }
    for (const short of ['', 'AAAA', sealed.slice(0, 36)]) {
      writeFileSync(ofTunnel, JSON.stringify({ account: home, sealed: short }))
      await expect(open().get(home)).rejects.toMatchObject({ code: 'secret-store-damaged' })
    }
    writeFileSync(ofTunnel, '{"account":')
    await expect(open().get(home)).rejects.toMatchObject({ code: 'secret-store-unusable' })
    await expect(open().list()).rejects.toMatchObject({ code: 'secret-store-unusable' })
  })

  it('whose key is gone makes no new one over what is sealed, and begins anew when that is deleted', async () => {
    const { open, fileOf } = scene()
    await open().set(home, Secret.fromText('x'))
    const key = fileOf('key')
    renameSync(key, `${key}.away`)
    await expect(open().get(home)).rejects.toMatchObject({ code: 'secret-store-damaged' })
    await expect(open().set(proxy, Secret.fromText('y'))).rejects.toMatchObject({
      code: 'secret-store-damaged',
    })
    renameSync(`${key}.away`, key)
    expect(textOf(await open().get(home))).toBe('x')
    rmSync(key)
    await open().delete(home)
    await open().set(proxy, Secret.fromText('y'))
    expect(textOf(await open().get(proxy))).toBe('y')
  })

  it.skipIf(process.platform === 'win32')(
    'does not use a key that others may read, and says what to do',
    async () => {
      const { open, fileOf } = scene()
      await open().set(home, Secret.fromText('x'))
      const key = fileOf('key')
      chmodSync(key, 0o644)
      await expect(open().get(home)).rejects.toMatchObject({
        code: 'secret-store-unusable',
        message: expect.stringContaining(`chmod 600 ${key}`),
      })
      chmodSync(key, 0o600)
      writeFileSync(key, 'not a key')
      await expect(open().get(home)).rejects.toMatchObject({ code: 'secret-store-unusable' })
    },
  )
})
