/** The tray app's three bundles: main with the engine (CommonJS), the preload (one CommonJS file, as a sandbox needs), the windows. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

/** Native code, WebAssembly or files of their own: they stay packages. All else goes into the bundles. */
const external = ['keytar', 'electron-updater', 'quickjs-wasi']
/** All in one folder: code that looks for files beside itself finds them, whichever chunk it ended in. */
const commonJs = { format: 'cjs', entryFileNames: '[name].cjs', chunkFileNames: '[name]-[hash].cjs' } as const

/** What main and the engine share, in a chunk of its own: left to itself, the bundler lets main load the engine for it. */
const common = /[\\/]shared[\\/]|[\\/]node_modules[\\/]valibot[\\/]|net[\\/]world|engine[\\/]start/

/** Of all that goes into a bundle, and leaves its package behind: shown in the window. */
const licences = { fileName: 'licences.md' }

export default defineConfig({
  main: {
    build: {
      outDir: 'dist/app/main',
      license: licences,
      externalizeDeps: false,
      reportCompressedSize: false,
      rollupOptions: {
        input: {
          main: 'electron/main.ts',
          engine: 'electron/engine/main.ts',
          'keychain-child': 'agent/secrets/keychain-child.ts',
        },
        external,
        output: { ...commonJs, codeSplitting: { groups: [{ name: 'common', test: common }] } },
      },
    },
  },
  preload: {
    build: {
      outDir: 'dist/app/preload',
      externalizeDeps: false,
      reportCompressedSize: false,
      rollupOptions: { input: { preload: 'electron/preload/preload.ts' }, output: commonJs },
    },
  },
  renderer: {
    root: 'renderer',
    plugins: [react()],
    build: {
      outDir: 'dist/app/renderer',
      license: licences,
      minify: true,
      reportCompressedSize: false,
      // Small pictures as data: would need an exception in the content security policy.
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      rollupOptions: { input: 'renderer/index.html' },
    },
  },
})
