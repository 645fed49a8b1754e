/** The token endpoint of a fake CRM: it knows which refresh tokens it was asked about, and answers well unless a test says how. */
import type { ServerResponse } from 'node:http'
import type { OAuthProvider } from '../../src/connectors/connector.ts'
import { answerWith, startStandIn } from './stand-in.ts'

export type TokenQuestion = { readonly kind: 'refresh' | 'revoke'; readonly token: string }

export interface FakeTokenEndpoint {
  /** Where it is, for `fakeCrm`. */
  readonly oauth: Pick<OAuthProvider, 'tokenUrl' | 'revokeUrl'>
  readonly url: string
  /** Everything that it was asked, oldest first. */
  readonly questions: TokenQuestion[]
  /** The refresh tokens that it was to revoke, oldest first. */
  revoked(): string[]
  /** How it answers from now on. */
  answer: (response: ServerResponse, question: TokenQuestion) => unknown
  close(): Promise<void>
}

/** Tokens for half an hour, `access-2` and `refresh-2` the first time. */
export async function startFakeTokenEndpoint(): Promise<FakeTokenEndpoint> {
  let generation = 1
  const questions: TokenQuestion[] = []
  const { url, close } = await startStandIn((response, _nth, { path, body }) => {
    const form = new URLSearchParams(body)
    const question: TokenQuestion = path.endsWith('/revoke')
      ? { kind: 'revoke', token: form.get('token') ?? '' }
      : { kind: 'refresh', token: form.get('refresh_token') ?? '' }
    questions.push(question)
    return endpoint.answer(response, question)
  })
  const endpoint: FakeTokenEndpoint = {
    oauth: { tokenUrl: `${url}/token`, revokeUrl: `${url}/revoke` },
    url,
    questions,
    revoked: () => questions.filter(({ kind }) => kind === 'revoke').map(({ token }) => token),
    answer: (response, { kind }) => answerWell(response, kind),
    close,
  }
  const answerWell = (response: ServerResponse, kind: TokenQuestion['kind']) => {
    if (kind === 'revoke') return answerWith(200)(response)
    generation += 1
    const tokens = { access_token: `access-${generation}`, refresh_token: `refresh-${generation}`, expires_in: 1800 }
    return answerWith(200, tokens)(response)
  }
  return endpoint
}
