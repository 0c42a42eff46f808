import { defineConfig } from 'vite';

// Packages may be installed elsewhere: KINLIGHT_NODE_MODULES keeps half a gigabyte out of the repository.
export default defineConfig({
  base: './',
  resolve: { dedupe: ['@grafana/data'] },
  logLevel: 'warn',
  esbuild: { jsx: 'automatic' },
  build: { outDir: process.env.KINLIGHT_RENDER_OUT || 'build', emptyOutDir: true, chunkSizeWarningLimit: 9000 },
  define: { 'process.env.NODE_ENV': '"production"', 'process.env': '{}' },
});
