/** Pieces of memory by two numbers, where they begin and where they end: eight bytes at a place of their own. */

export const spanSize = 8

export function fromOf(span: usize): usize {
  return load<u32>(span) as usize
}

export function endOf(span: usize): usize {
  return load<u32>(span, 4) as usize
}

export function lengthOf(span: usize): usize {
  return endOf(span) - fromOf(span)
}

export function isEmpty(span: usize): bool {
  return load<u32>(span) === load<u32>(span, 4)
}

export function setSpan(span: usize, from: usize, end: usize): void {
  store<u32>(span, from as u32)
  store<u32>(span, end as u32, 4)
}

/** Whether a span's bytes are those between two places. */
export function isThat(span: usize, from: usize, end: usize): bool {
  return lengthOf(span) === end - from && same(fromOf(span), from, end - from)
}

/** Whether the same bytes stand at both places. Sixteen at a time: memory always goes on that far. */
export function same(one: usize, other: usize, length: usize): bool {
  let left = length
  while (left > 16) {
    if (v128.bitmask<i8>(i8x16.eq(v128.load(one), v128.load(other))) !== 0xffff) return false
    one += 16
    other += 16
    left -= 16
  }
  const needed = (1 << (left as i32)) - 1
  return (v128.bitmask<i8>(i8x16.eq(v128.load(one), v128.load(other))) & needed) === needed
}
