/** The yardstick of a start: Fastify with one route. */
import fastify from 'fastify'

const app = fastify()
app.get('/', async () => ({ name: 'bare' }))
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) })
