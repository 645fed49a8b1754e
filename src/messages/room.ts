/**
 * Holds each inbox to so many messages that wait, without a count for each webhook: a process counts now and then, and takes what it adds off
 * a part of the room that it found. By that part each further replica may go over it.
 */

export interface Room {
  /** Takes the room for as many messages; false, and nothing taken, where more would wait than may. */
  take(inboxId: string, messages: number): Promise<boolean>
}

/** So many messages of one inbox may wait: more than a busy team is sent in a day, some 70 MB. What comes beyond would fill the disk for all. */
export const mostWaiting = 20_000
/** The part of an inbox's room that is taken between two counts, unless more come at once. */
const atOnce = 1_000
/** An inbox whose room is all taken isn't counted again for so long. Milliseconds. */
const countsFor = 10_000

/** @param count how many messages of an inbox wait */
export function createRoom(count: (inboxId: string) => Promise<number>): Room {
  const found = new Map<string, { left: number; readonly isLast: boolean; readonly at: number }>()
  const counting = new Map<string, Promise<void>>()

  async function recount(inboxId: string, part: number): Promise<void> {
    const free = mostWaiting - (await count(inboxId))
    found.set(inboxId, { left: Math.min(free, part), isLast: free < part, at: performance.now() })
  }

  /** One count for all who need it at the same time. */
  async function counted(inboxId: string, part: number): Promise<void> {
    const running = counting.get(inboxId) ?? recount(inboxId, part).finally(() => counting.delete(inboxId))
    counting.set(inboxId, running)
    await running
  }

  return {
    async take(inboxId, messages) {
      for (;;) {
        const room = found.get(inboxId)
        if (messages === 0 || (room !== undefined && room.left >= messages)) {
          if (room !== undefined) room.left -= messages
          return true
        }
        if (room?.isLast && performance.now() - room.at < countsFor) return false
        await counted(inboxId, Math.max(messages, atOnce))
      }
    },
  }
}
