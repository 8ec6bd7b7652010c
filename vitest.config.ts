import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

/** They end what hangs, and measure nothing: a test is no worse for a machine that has other things to do. */
const limits = { testTimeout: 240_000, hookTimeout: 240_000, expect: { poll: { timeout: 60_000 } } }

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...limits,
          name: 'node',
          include: [
            'app/**/*.test.ts',
            'lib/**/*.test.ts',
            'client/**/*.test.ts',
            'worker/**/*.test.ts',
            'scripts/**/*.test.ts',
            'test/fixtures/**/*.test.ts',
          ],
          pool: 'forks',
        },
      },
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './test/workerd/wrangler.toml' } })],
        test: { ...limits, name: 'workerd', include: ['test/workerd/**/*.test.ts'] },
      },
      {
        test: {
          ...limits,
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          pool: 'forks',
          fileParallelism: false,
        },
      },
    ],
  },
})
