/** The members that are looked for in objects of one kind. CRMs write such objects all alike: what came next in the object before is tried first. */
import { decode } from './host'
import { at, beginObject, end, isPlain, leavesObject, moveTo, nextName, space, start, toValue } from './json'
import { fromOf, isThat, lengthOf, same, setSpan, spanSize } from './spans'
import { text } from './table'

/** There are no more members. */
export const noMore = -2
/** Not one of those that are looked for. */
const another = -1

/** For each member of an object its gap, all that stands between the value before and its own, and which one it is. */
const gapSize = spanSize + 4
/** Those that come later in an object are looked up each time. */
const mostGaps = 64
const kinds = 6
const gaps: usize = memory.data(kinds * mostGaps * gapSize)
let made = 0

export class Members {
  private gaps: usize = gaps + made++ * mostGaps * gapSize
  private known: i32 = 0
  private member: i32 = 0

  /** @param first the number of its first name among the texts */
  constructor(
    private first: i32,
    private count: i32,
  ) {}

  /** What is remembered points into an answer that is there no longer. */
  forget(): void {
    this.known = 0
  }

  /** Goes into an object. */
  begin(): void {
    beginObject()
    this.member = 0
  }

  /** Goes to the value of the next member: which of the names it has, {@link another}, or {@link noMore}. */
  next(): i32 {
    if (leavesObject()) return noMore
    const member = this.member++
    const gap = this.gaps + member * gapSize
    if (member < this.known) {
      const length = lengthOf(gap)
      if (same(at, fromOf(gap), length)) {
        moveTo(at + length)
        space()
        return load<i32>(gap, spanSize)
      }
    }
    return this.learn(member, gap)
  }

  private learn(member: i32, gap: usize): i32 {
    const from = at
    space()
    if (leavesObject()) return noMore
    nextName(member === 0)
    const name = start
    // One after the other: a gap that was left out would be one of another answer.
    const isKept = isPlain && member <= this.known && member < mostGaps
    const nameEnd = isPlain ? end : decode(start, end)
    toValue()
    const found = this.find(name, nameEnd)
    if (isKept) {
      this.known = max(this.known, member + 1)
      setSpan(gap, from, at)
      store<i32>(gap, found, spanSize)
    }
    return found
  }

  private find(from: usize, end: usize): i32 {
    for (let index = 0; index < this.count; index++) if (isThat(text(this.first + index), from, end)) return index
    return another
  }
}
