/** Jupyter Notebook, told its path: a login, a notebook uploaded and run by its kernel over WebSockets, its result downloaded. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { AppProcess, appFolder, freePort, fromCache } from './app-process.ts'
import { AppScene, modes, needs, sessionMs } from './scene.ts'

const command = fromCache('jupyter/bin/jupyter')
const [isMissing, title] = needs('Jupyter', command)

const notebook = (text: string) => ({
  cells: [
    {
      ...{ cell_type: 'code', execution_count: null, id: 'one', metadata: {}, outputs: [] },
      source: [`open('result.txt', 'w').write('${text}' * 2)\n`, `print('done with', '${text}'.upper())`],
    },
  ],
  metadata: { kernelspec: { display_name: 'Python 3 (ipykernel)', language: 'python', name: 'python3' } },
  ...{ nbformat: 4, nbformat_minor: 5 },
})

describe.skipIf(isMissing)(title, () => {
  let scene: AppScene
  let folder: string

  beforeAll(async () => {
    folder = appFolder()
    const home = join(folder, 'home')
    mkdirSync(home)
    const port = await freePort()
    // The same path as at the gateway, so that nothing need be found by the page that asks.
    const base = '/~~jupyter/'
    const settings = ['token=secret', `base_url=${base}`, 'terminals_enabled=False', `root_dir=${home}`]
    await AppProcess.start(
      command,
      [
        ...['notebook', '--allow-root', '--no-browser', '--ip', '127.0.0.1', '--port', String(port)],
        ...settings.map(setting => `--ServerApp.${setting}`),
      ],
      { env: { HOME: folder, JUPYTER_CONFIG_DIR: folder }, readyUrl: `http://127.0.0.1:${port}${base}` },
    )
    scene = await AppScene.open(async () => ({ jupyter: `http://127.0.0.1:${port}${base}` }))
  })
  afterAll(() => scene?.close())

  test.each(modes)('logs in and runs an uploaded notebook %s', { timeout: sessionMs }, async mode => {
    const name = `notebook${modes.indexOf(mode)}.ipynb`
    writeFileSync(join(folder, name), JSON.stringify(notebook(mode)))
    const { page, complaints, sockets } = await scene.visitor({ acceptDownloads: true })
    await page.goto(scene.url(mode, 'jupyter'))
    await page.fill('#password_input', 'secret')
    await page.click('#login_submit')
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.locator('button, jp-button', { hasText: 'Upload' }).first().click(),
    ])
    await chooser.setFiles(join(folder, name))
    const opened = page.context().waitForEvent('page')
    await page.locator('.jp-DirListing-item', { hasText: name }).dblclick()
    const paper = await opened
    // The indicator says idle before there is a kernel at all, and who runs a cell then makes the page start two and drop one
    // of them: so first the kernel has answered. The indicator has left its first word by then.
    const kernel = await paper.waitForEvent('websocket', socket => socket.url().includes('/api/kernels/'))
    await kernel.waitForEvent('framereceived', ({ payload }) => payload.includes('kernel_info_reply'))
    const cell = paper.locator('.jp-CodeCell .cm-content')
    await cell.click()
    await paper.locator('.jp-Notebook-ExecutionIndicator[data-status=idle]').waitFor()
    await cell.press('Shift+Enter')
    await paper.locator('.jp-OutputArea-output', { hasText: `done with ${mode.toUpperCase()}` }).waitFor()
    await paper.close()

    await page.locator('.jp-DirListing-item', { hasText: 'result.txt' }).click({ button: 'right' })
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.locator('.lm-Menu-itemLabel', { hasText: /^Download$/ }).click(),
    ])
    expect(readFileSync(await download.path(), 'utf8')).toBe(mode + mode)
    expect(sockets.size).toBeGreaterThan(0)
    // It says so without a gateway too.
    expect(complaints.filter(one => !one.includes("reading 'schema'"))).toEqual([])
  })
})
