import { brotliCompressSync, gzipSync } from 'node:zlib'
import { defineConfig, type Plugin } from 'vite'

/** Writes each file of the browser's once more in the forms it travels in, so that the server compresses nothing itself. */
const compressed: Plugin = {
  name: 'compressed',
  generateBundle(_options, bundle) {
    for (const [fileName, file] of Object.entries(bundle)) {
      if (!/\.(js|css|svg)$/.test(fileName)) continue
      const content = Buffer.from(file.type === 'chunk' ? file.code : file.source)
      this.emitFile({ type: 'asset', fileName: `${fileName}.gz`, source: gzipSync(content) })
      this.emitFile({ type: 'asset', fileName: `${fileName}.br`, source: brotliCompressSync(content) })
    }
  },
}

/**
 * Two builds from one configuration: `vite build` makes the browser's files with their manifest,
 * `vite build --ssr` makes the module the server renders with, complete in itself.
 */
export default defineConfig(({ isSsrBuild }) => ({
  // The pages answer under /checkout/…, so an address relative to the page would not find the assets.
  base: '/',
  publicDir: false,
  plugins: isSsrBuild ? [] : [compressed],
  build: {
    outDir: isSsrBuild ? 'dist/server' : 'dist/client',
    emptyOutDir: true,
    manifest: !isSsrBuild,
    // An inlined asset is a data: address, which the pages' content security policy refuses.
    assetsInlineLimit: 0,
    // The polyfill would be a script for browsers that the target leaves out anyway.
    modulePreload: { polyfill: false },
    minify: !isSsrBuild,
    rolldownOptions: {
      input: isSsrBuild ? { render: 'src/render.ts' } : { checkout: 'src/checkout/enhance.tsx' },
    },
  },
  ssr: { noExternal: true },
}))
