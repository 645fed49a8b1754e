// Batches: many records asked for in one request, each of which may fail on its own.

import type { FastifyReply } from 'fastify'
import { invalid } from './errors.ts'
import { textOf } from './object-input.ts'
import { iso } from './object-type.ts'

/** The ids that a batch asks for. Throws VALIDATION_ERROR when there is no list of them or too many. */
export function idsIn(body: unknown, most: number): readonly string[] {
  const { inputs } = (body ?? {}) as { inputs?: unknown }
  if (!Array.isArray(inputs)) throw invalid('Invalid input JSON: inputs must be a list')
  if (inputs.length > most) throw invalid(`inputs may have at most ${most} entries, not ${inputs.length}.`)
  return inputs.map((input: { id?: unknown } | null) => textOf(input?.id))
}

/** Answers a batch: 200 when all went well, 207 with the errors beside the results otherwise. */
export function sendBatch(
  reply: FastifyReply,
  now: number,
  results: readonly unknown[],
  errors: readonly object[],
): FastifyReply {
  const batch = { status: 'COMPLETE', results, startedAt: iso(now), completedAt: iso(now) }
  return errors.length === 0 ? reply.send(batch) : reply.code(207).send({ ...batch, numErrors: errors.length, errors })
}

/** One error of a batch. */
export function batchError(details: {
  readonly message: string
  readonly subCategory?: string
  readonly context: Readonly<Record<string, readonly string[]>>
}): object {
  return { status: 'error', category: 'OBJECT_NOT_FOUND', ...details, errors: [], links: {} }
}
