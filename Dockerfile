# syntax=docker/dockerfile:1

FROM node:24-slim AS base
ENV NODE_ENV=production NODE_COMPILE_CACHE=/app/.compile-cache
WORKDIR /app

FROM base AS build
COPY package.json package-lock.json .npmrc prisma.config.ts ./
COPY prisma ./prisma
# Left out: the optional node-* packages, which bring the Node that this image has, and Prisma's command line once it has generated
# the client (220 MB).
RUN npm ci --omit=dev --omit=optional && npm uninstall --no-save --ignore-scripts --omit=dev --omit=optional prisma
COPY src ./src
# Loads everything and ends at the wrong setting: what Node has compiled stays in the image.
RUN PORT=none node src/main.ts || test -d "$NODE_COMPILE_CACHE"

FROM base
COPY --from=build /app ./
USER node
ENV HOST=0.0.0.0 PORT=3000
EXPOSE 3000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node itself, without npm or a shell in between: SIGTERM reaches it.
CMD ["node", "--max-semi-space-size=8", "--max-old-space-size=256", "src/main.ts"]
