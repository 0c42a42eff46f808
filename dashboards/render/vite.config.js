import { defineConfig } from 'vite';

// One copy of @grafana/data: with two, the theme of one is not that of the other.
export default defineConfig({
  base: './',
  resolve: { dedupe: ['@grafana/data'] },
  logLevel: 'warn',
  esbuild: { jsx: 'automatic' },
  build: { outDir: 'build', emptyOutDir: true, chunkSizeWarningLimit: 9000 },
  define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}' },
});
