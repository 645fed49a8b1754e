// Batches: up to 25 reads in one request, done one after the other, each of which may fail on its own.

import { SalesforceError } from './errors.ts'
import { API_VERSIONS } from './org.ts'
import { type Answer, type Asked, splitUrl } from './resources.ts'

type Address = Pick<Asked, 'version' | 'path' | 'query'>

/** A batch that was understood. */
export interface Batch {
  /** How many requests are in it. */
  readonly size: number
  /** Does them for a caller whose own request was for this version. */
  run(read: (address: Address) => Promise<Answer>, version: string): Promise<object>
}

const MOST = 25

/**
 * Reads a batch; what is wrong with it as a whole is refused before anything is done.
 * @see https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_composite_batch.htm
 */
export function readBatch(body: unknown): Batch {
  const { batchRequests, haltOnError } = (body ?? {}) as { batchRequests?: unknown; haltOnError?: unknown }
  if (!Array.isArray(batchRequests)) throw unreadable('batchRequests must be a list')
  if (batchRequests.length > MOST) {
    throw new SalesforceError(
      400,
      'LIMIT_EXCEEDED',
      `Batch request contains ${batchRequests.length} subrequests. The limit is ${MOST}.`,
    )
  }
  const requests = batchRequests.map((request: { method?: unknown; url?: unknown } | null) => {
    if (typeof request?.method !== 'string' || typeof request.url !== 'string')
      throw unreadable('a subrequest has a method and a url')
    return { method: request.method.toUpperCase(), address: addressOf(request.url) }
  })
  return {
    size: requests.length,
    async run(read, version) {
      const results: { statusCode: number; result: unknown }[] = []
      let halted = false
      for (const { method, address } of requests) {
        const answer: Answer = halted ? HALTED : await answerTo(method, address, version, read)
        results.push({ statusCode: answer.status, result: answer.body })
        halted ||= haltOnError === true && answer.status >= 400
      }
      return { hasErrors: results.some(({ statusCode }) => statusCode >= 400), results }
    },
  }
}

const HALTED: Answer = {
  status: 412,
  body: [
    {
      errorCode: 'BATCH_PROCESSING_HALTED',
      message: 'The batch processing was halted because of an error in a previous subrequest.',
    },
  ],
}

async function answerTo(
  method: string,
  address: Address,
  version: string,
  read: (address: Address) => Promise<Answer>,
): Promise<Answer> {
  if (method !== 'GET') {
    return {
      status: 405,
      body: [{ errorCode: 'METHOD_NOT_ALLOWED', message: `HTTP Method '${method}' not allowed. Allowed are HEAD,GET` }],
    }
  }
  if (!API_VERSIONS.includes(address.version) || Number(address.version) > Number(version)) {
    return {
      status: 400,
      body: [
        { errorCode: 'INVALID_API_VERSION', message: `Version v${address.version} isn't available in a batch of v${version}.` },
      ],
    }
  }
  return read(address)
}

// Written from the version on, as in `v66.0/query?q=…`, or as a whole path.
function addressOf(url: string): Address {
  const { path: address, query } = splitUrl(url)
  const [, version, path = ''] = /^(?:\/?services\/data\/)?\/?v(\d+\.\d)\/?(.*)$/.exec(address) ?? []
  if (version === undefined) throw unreadable(`${url} is no address of the API`)
  return { version, path: path.replace(/\/+$/, ''), query: new URLSearchParams(query) }
}

function unreadable(message: string): SalesforceError {
  return new SalesforceError(400, 'JSON_PARSER_ERROR', message)
}
