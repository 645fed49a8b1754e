// The rolling limit: never more than so many in any window, not even over the edge between two.

import { expect, it } from 'vitest'
import { RollingLimit } from '../../src/sandbox/rolling-limit.ts'

it('admits so many in any window and frees each slot exactly one window later', () => {
  let now = 0
  const limit = new RollingLimit({ max: 3, window: 1000, now: () => now })
  expect(limit.admit()).toEqual({ admitted: true, remaining: 2 })
  now = 900
  expect(limit.admit()).toEqual({ admitted: true, remaining: 1 })
  expect(limit.admit()).toEqual({ admitted: true, remaining: 0 })
  expect(limit.admit()).toEqual({ admitted: false, remaining: 0 })
  now = 999
  expect(limit.admit().admitted).toBe(false)
  now = 1000
  expect(limit.admit()).toEqual({ admitted: true, remaining: 0 })
  expect(limit.admit().admitted).toBe(false)
  now = 1900
  expect(limit.admit()).toEqual({ admitted: true, remaining: 1 })
})
