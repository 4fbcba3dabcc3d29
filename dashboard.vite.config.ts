/** The gateway's dashboard: a page of its own, built as the tray app's windows are, served by the admin listener. */
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'

export default defineConfig({
  root: 'renderer/dashboard',
  // It does not know where it is served.
  base: './',
  plugins: [react()],
  build: {
    outDir: '../../dist/dashboard',
    emptyOutDir: true,
    reportCompressedSize: false,
    // Small pictures as data: would need an exception in the content security policy.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
})
