import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

// Static files, hashed names, nothing inline: the server's content policy allows scripts and styles
// of its own origin only.
export default defineConfig({
  root: import.meta.dirname ?? new URL('.', import.meta.url).pathname,
  base: './', // under whatever path a proxy serves them
  plugins: [vue()],
  define: { __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false' },
  build: {
    outDir: '../../build/web/h5',
    emptyOutDir: true,
    target: 'es2018',
    cssTarget: 'chrome61',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } }
})
