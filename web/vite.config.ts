import { defineConfig } from 'vite'

/**
 * Two builds from one configuration: `vite build` makes the browser's files with their manifest,
 * `vite build --ssr` makes the module the server renders with, complete in itself.
 */
export default defineConfig(({ isSsrBuild }) => ({
  // The pages answer under /checkout/…, so an address relative to the page would not find the assets.
  base: '/',
  publicDir: false,
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
