/** What the rooms below the web server write their log to; Fastify's pino logger is one. */
type Write = (fields: object, message: string) => void
export type Logger = { readonly debug: Write; readonly info: Write; readonly warn: Write; readonly error: Write }
