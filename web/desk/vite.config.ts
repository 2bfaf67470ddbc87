import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

// Beside the residents' pages, in a folder of their output: build those first (package.json does).
export default defineConfig({
  root: import.meta.dirname ?? new URL('.', import.meta.url).pathname,
  base: './',
  plugins: [vue()],
  define: {
    __VUE_OPTIONS_API__: 'false', __VUE_PROD_DEVTOOLS__: 'false', __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: 'false',
    'import.meta.env.VITE_API': '"../api/v1"'
  },
  build: {
    outDir: '../../build/web/h5/desk',
    emptyOutDir: true,
    target: 'es2018',
    cssTarget: 'chrome61',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } }
})
