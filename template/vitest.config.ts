import { defineConfig } from 'vitest/config'

export default defineConfig({
  // A turn may take its time, the more so on a busy machine.
  test: { include: ['app/**/*.test.ts', 'test/**/*.test.ts'], testTimeout: 60_000 },
})
