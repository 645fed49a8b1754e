/** Waiting with an end. */

/** The work took longer than anybody wanted to wait for it. It goes on by itself. */
export class OutOfPatience extends Error {
  constructor(milliseconds: number) {
    super(`Not done within ${milliseconds} ms`)
    this.name = 'OutOfPatience'
  }
}

/** The work's outcome, if it comes in time. @throws {OutOfPatience} */
export async function within<T>(milliseconds: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new OutOfPatience(milliseconds)), milliseconds)
  })
  return Promise.race([work, late]).finally(() => clearTimeout(timer))
}
