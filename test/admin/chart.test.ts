import { expect, it } from 'vitest'
import { picture } from '../../src/admin/chart.ts'

const bar = (whole: number, part = 0) => ({ whole, part, title: `${whole}` })

it('the highest bar is as high as the picture, the others in proportion', () => {
  const { width, height, bars } = picture([bar(50, 25), bar(100), bar(0)])
  expect(bars).toEqual([
    { x: 0, whole: height / 2, part: height / 4, title: '50' },
    { x: 16, whole: height, part: 0, title: '100' },
    { x: 32, whole: 0, part: 0, title: '0' },
  ])
  expect(width).toBe(44)
})

it('what is there at all can be seen', () => {
  expect(picture([bar(1_000_000), bar(1, 1)]).bars[1]).toMatchObject({ whole: 1.5, part: 1.5 })
})

it('nothing is nothing', () => {
  expect(picture([bar(0), bar(0)]).bars.every(({ whole }) => whole === 0)).toBe(true)
})
